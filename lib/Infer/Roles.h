//===- Roles.h - what bodies say that functions do with memory ---*- C++ -*-===//
//
// The functions of a program across its units, and what follows from their bodies:
// which of them return memory that nobody else holds, which end what they are given,
// which keep it. A role is found bottom-up over calls, beginning with what models say
// of `malloc` and `free`; it is syntactic (Flow.h), so that a function with thousands
// of paths costs as little as one with two.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Infer/Flow.h"
#include "lib/Solver/Solver.h"
#include <map>
#include <optional>

namespace handrail::infer {

using FunctionId = uint32_t; ///< index into Roles::Functions
inline constexpr FunctionId NoFunction = UINT32_MAX;

/// What a function does with the value of a parameter.
struct ParameterRole {
  bool Keeps = false;      ///< writes it where it stays
  bool KeepsInNew = false; ///< writes it to an object that it makes
  bool MayKeep = false;    ///< gives it to code that nobody knows
  bool Ends = false;       ///< and does not look at it afterwards
  bool CanAvoid = false;   ///< Ends: not on every way on which it is not null
  bool MayEnd = false;     ///< on some ways, and nothing is counted down on the others
  bool GivenAway = false;  ///< passed to some function
  bool Retained = false;   ///< passed to a function that counts it up
  FunctionId EndedBy = NoFunction;
  model::KindId Kind = model::NoKind; ///< Ends
  std::string CountedDown, CountedUp; ///< the member, for counted objects

  bool operator==(const ParameterRole &) const = default;
};

/// Whether what is handed to the caller is new, and the caller's alone.
struct FreshRole {
  /// Shared: a reference to what others may hold, too, as with counted objects that are in a
  /// table.
  enum KindT : uint8_t { Unknown, No, Shared, Yes } Is = Unknown;
  FunctionId MadeBy = NoFunction;
  model::KindId Kind = model::NoKind;  ///< that the models it comes down to have
  std::vector<model::ValueRange> When; ///< out-parameters: results with which there is one

  bool operator==(const FreshRole &) const = default;
};

struct FunctionInfo {
  const ir::Unit *U = nullptr; ///< that defines it, or the first that names it
  const ir::Symbol *S = nullptr;
  const ir::Function *Body = nullptr;
  bool Known = false;   ///< to a model
  bool Library = false; ///< of the C library
  std::string Header;
  Flow Values; ///< of the body
  std::vector<ParameterRole> Parameters;
  FreshRole Result;
  std::map<uint32_t, FreshRole> Outs; ///< by parameter

  llvm::StringRef name() const { return U->name(*S); }
};

class Roles {
public:
  Roles(const solver::Program &P, const model::ModelSet &Models);

  std::vector<FunctionInfo> Functions; ///< in the order of the program
  /// The function that \p U means by \p S; NoFunction for None.
  FunctionId idOf(const ir::Unit &U, ir::SymbolId S) const;

  /// What \p Id is known to do with an argument.
  /// The kind of the models that it comes down to; memory is a kind like others.
  std::optional<model::KindId> ends(FunctionId Id, uint32_t Arg) const;
  bool keeps(FunctionId Id, uint32_t Arg) const;
  /// Ends it in some cases, as `realloc` does.
  bool mayEnd(FunctionId Id, uint32_t Arg) const;
  bool keepsInNew(FunctionId Id, uint32_t Arg) const;
  /// The argument that \p Id counts up and returns, if any.
  std::optional<uint32_t> retains(FunctionId Id) const;
  bool mayKeep(FunctionId Id, uint32_t Arg) const;
  FreshRole fresh(FunctionId Id) const;
  FreshRole freshOut(FunctionId Id, uint32_t Arg) const;

  /// The type of handles that a pointer of this type is, as text that is the same in every unit:
  /// a record, or a name for `void`. Empty: nothing that tells handles apart.
  static std::string pointee(const ir::Unit &U, ir::TypeId Pointer);
  /// Of a parameter; \p Out: of what it points to.
  std::string parameterType(FunctionId Id, uint32_t Arg, bool Out = false) const;
  std::string resultType(FunctionId Id) const;
  unsigned parameters(FunctionId Id) const;
  std::string place(FunctionId Within, ir::LocId Loc) const; ///< file:line

private:
  bool update(FunctionId Id);
  void updateParameters(const FunctionInfo &F, std::vector<ParameterRole> &Out) const;
  FreshRole modelled(const FunctionInfo &F, const model::Place &At) const;
  FreshRole originRole(const FunctionInfo &F, OriginId O) const;
  FreshRole setRole(const FunctionInfo &F, const Leaves &L) const;
  FreshRole resultRole(const FunctionInfo &F) const;
  FreshRole outRole(const FunctionInfo &F, uint32_t Arg) const;
  std::vector<model::ValueRange> successAfter(const FunctionInfo &F, ir::BlockId Block) const;

  const model::ModelSet &Models;
  std::map<std::string, FunctionId> ByUsr;
  std::map<const ir::Unit *, std::vector<FunctionId>> BySymbol;
};

} // namespace handrail::infer
