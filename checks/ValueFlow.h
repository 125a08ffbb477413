//===- ValueFlow.h - where a value of a function comes from ------*- C++ -*-===//
//
// A small, flow-insensitive walk over one function's temporaries and variables,
// for checks that read facts instead of paths. `return h;` in
//
//   Widget *w = new Widget;          %0 = new Widget
//   intptr_t h = (intptr_t)w;        store &w, %0 … store &h, %2
//   return h;                        return %3
//
// has one origin, the `new`, reached through a cast from pointer to integer.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include <string>
#include <vector>

namespace handrail {

/// Where a value may come from, and what happened to it on the way.
struct Origin {
  enum KindT : uint8_t {
    Made,      ///< the result of Op: a call, new, closure, arithmetic …
    Parameter, ///< the caller's value of Locals[Index]
    Address,   ///< the address Value names: a variable, a global, a function
    Memory,    ///< what Op loads from memory that is no local variable
    Constant,  ///< Value
  } Kind = Constant;
  const ir::Op *Op = nullptr;
  uint32_t Index = 0;
  ir::Operand Value;
  bool ThroughInteger = false; ///< was a pointer and an integer in turn
  ir::TypeId Pointee = 0;      ///< last type other than void that a cast gave it to point to, or 0
};

/// Keeps references to the unit and the function. Building it is linear in the
/// function.
class ValueFlow {
public:
  ValueFlow(const ir::Unit &U, const ir::Function &F);

  /// The operation that defines a temporary, when there is exactly one.
  const ir::Op *definition(const ir::Operand &V) const;

  /// Everything that \p V may be, in order of discovery, which depends on the IR
  /// alone. Linear in the operations it passes.
  std::vector<Origin> origins(const ir::Operand &V) const;

  /// The variable that \p V is the address or the content of, looking through
  /// casts, `std::move` and what smart pointers give out; `ir::None` when there is
  /// none. With \p OrMember also the variable that \p V is reached through: `conn`
  /// for `conn->log`.
  ir::LocalId variable(const ir::Operand &V, bool OrMember = false) const;

  /// As the user would write \p V: `fd`, `s->fd`, `open()`, `3`; empty when
  /// nothing short says it.
  std::string spelling(const ir::Operand &V) const;

  const ir::Unit &unit() const { return U; }
  const ir::Function &function() const { return F; }

private:
  std::string addressSpelling(const ir::Operand &A, unsigned Depth) const;
  std::string valueSpelling(const ir::Operand &V, unsigned Depth) const;

  const ir::Unit &U;
  const ir::Function &F;
  llvm::DenseMap<ir::TempId, llvm::SmallVector<const ir::Op *, 1>> Definitions;
  llvm::DenseMap<ir::LocalId, llvm::SmallVector<const ir::Op *, 2>> Stores; ///< whole variables
};

/// What a return tells its caller, as far as the value tells it: `false`, null and
/// negative numbers are failures, other numbers than 0 tell nothing.
enum class Outcome { Unknown, Success, Failure };
Outcome outcomeOf(const ValueFlow &Flow, const ir::Terminator &Return);

/// The name of the function that \p O calls; empty for an indirect call and for
/// what is no call.
llvm::StringRef calleeName(const ir::Unit &U, const ir::Op &O);

} // namespace handrail
