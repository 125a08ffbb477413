//===- MemberEffects.h - what functions do to what they are given -*- C++ -*-===//
//
// For checks that ask about classes: what a method does to the members of its
// object, itself or through the functions it calls. Flow-insensitive: what happens
// on some path counts. A place is a parameter and the steps from its value:
//
//   this->log.fd       the value in it: parameter 0, ".log.fd*"
//   &this->log         its address:     parameter 0, ".log"
//
//===----------------------------------------------------------------------===//
#pragma once

#include "checks/ValueFlow.h"
#include "lib/Engine/Check.h"
#include "llvm/ADT/StringMap.h"
#include <memory>
#include <optional>

namespace handrail {

/// A function with its body.
struct FunctionBody {
  const ir::Unit *U = nullptr;
  const ir::Function *F = nullptr;
  explicit operator bool() const { return F; }
};

/// A place as seen from a function's parameter.
struct ParameterPlace {
  unsigned Parameter = 0;
  std::string Steps;
};

/// The place that \p V, a value or an address, names; nothing when it is none.
/// A parameter that is written counts as what it was.
std::optional<ParameterPlace> placeOf(const ValueFlow &Flow, const ir::Operand &V,
                                      CheckStats &Stats);

struct MemberEffect {
  enum KindT : uint8_t {
    Acquires, ///< a new handle is stored there
    Releases, ///< the handle there
    Runs,     ///< the function or callable there
    Clears,   ///< a constant is stored there
    Tests,    ///< a branch depends on it
    Unknown,  ///< given to a function of which nothing is known, or stored elsewhere
  } Kind = Unknown;
  ParameterPlace At;
  model::KindId Handle = model::NoKind; ///< Acquires, Releases
  const ir::Op *Op = nullptr;           ///< in the function that was asked; null for Tests
};

/// Keeps references to what the context refers to. Answers are made once.
class MemberEffects {
public:
  explicit MemberEffects(const CheckContext &Context);

  /// The body that a call of \p S runs, or none.
  FunctionBody body(const ir::Symbol &S) const;
  /// The body of \p Function in the unit that the others of the program use.
  const std::vector<MemberEffect> &of(const FunctionBody &Body);
  /// The kind of the new handle that \p O, a call, returns.
  model::KindId acquiredBy(const ir::Unit &U, const ir::Op &O);

private:
  std::optional<ParameterPlace> placeOf(const ValueFlow &Flow, const ir::Operand &V) {
    return handrail::placeOf(Flow, V, Stats);
  }
  void read(const FunctionBody &Body, std::vector<MemberEffect> &Out);
  void readCall(const ValueFlow &Flow, const ir::Op &O, std::vector<MemberEffect> &Out);
  model::KindId returnedBy(const FunctionBody &Body);
  bool enabled(model::KindId K) const { return K != model::NoKind && Models.KindEnabled[K]; }

  const model::ModelSet &Models;
  CheckStats &Stats;
  llvm::StringMap<FunctionBody> Bodies; ///< by USR
  // Looked up only. An entry that is still empty ends a recursion.
  std::map<const ir::Function *, std::vector<MemberEffect>> Known;
  std::map<const ir::Function *, model::KindId> Returned;
};

} // namespace handrail
