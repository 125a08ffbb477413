//===- Op.h - operations, operands and types of Handle IR -------*- C++ -*-===//
//
// Handle IR is what the solver interprets: small, typed, printable, stable. It
// has no expression trees; capture evaluates them in the order the program does
// into temporaries. Memory is explicit: a variable is an address, reading it is
// a load, and `&s->f` is address arithmetic without an access.
//
//   int fd = open(p, 0);        decl &fd
//                               %0 = load &p
//                               %1 = call @open(%0, 0)
//                               store &fd, %1
//   if (fd < 0) …               %2 = load &fd
//                               %3 = lt %2, 0
//                               branch %3, bb2, bb3
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <string>
#include <vector>

namespace handrail::ir {

/// Indexes into the tables of a Unit or a Function. 0 is a valid index except
/// where a constant below says otherwise.
using StringId = uint32_t; ///< Unit::Strings; 0 is the empty string
using TypeId = uint32_t;   ///< Unit::Types; 0 is `void`
using RecordId = uint32_t; ///< Unit::Records
using SymbolId = uint32_t; ///< Unit::Symbols
using LocId = uint32_t;    ///< Unit::Locs; 0 is "no location"
using TempId = uint32_t;   ///< numbered per function
using LocalId = uint32_t;  ///< Function::Locals; parameters come first
using BlockId = uint32_t;  ///< Function::Blocks; 0 is the entry

inline constexpr uint32_t None = UINT32_MAX;

enum class TypeKind : uint8_t {
  Void,
  Bool,
  Int,      ///< Bits, Signed; also enums and characters
  Float,    ///< Bits
  Pointer,  ///< Elem; also references and block/ObjC pointers
  Record,   ///< Record
  Array,    ///< Elem, Count (0 when unknown)
  Function, ///< Elem is the return type, Params, Variadic
  Other     ///< vectors, complex, member pointers, dependent leftovers
};

/// A type as far as handles need it. `Const` on a type means the object is
/// const-qualified, so `const char *` is Pointer to a Const Int.
struct Type {
  TypeKind Kind = TypeKind::Void;
  bool Signed = false;
  bool Const = false;
  bool Variadic = false;
  bool Reference = false; ///< a Pointer spelled as a C++ reference
  uint16_t Bits = 0;
  TypeId Elem = 0;
  RecordId Record = None;
  uint64_t Count = 0;
  llvm::SmallVector<TypeId, 4> Params;
  StringId Name = 0; ///< as the user wrote it (typedef kept); for messages only
  bool operator==(const Type &) const = default;
};

enum class OperandKind : uint8_t {
  None,   ///< absent (`return;`)
  Undef,  ///< a value capture knows nothing of
  Temp,   ///< Index: TempId
  Int,    ///< Value; also null pointers (0), booleans, characters, enumerators
  Local,  ///< Index: LocalId; the *address* of a parameter or variable
  Global, ///< Index: SymbolId; the *address* of a global
  Func,   ///< Index: SymbolId; the address of a function
  String  ///< Index: StringId; the address of a string literal, never null
};

struct Operand {
  OperandKind Kind = OperandKind::None;
  uint32_t Index = 0;
  int64_t Value = 0;

  static Operand undef() { return {OperandKind::Undef, 0, 0}; }
  static Operand temp(TempId T) { return {OperandKind::Temp, T, 0}; }
  static Operand integer(int64_t V) { return {OperandKind::Int, 0, V}; }
  static Operand local(LocalId L) { return {OperandKind::Local, L, 0}; }
  static Operand global(SymbolId S) { return {OperandKind::Global, S, 0}; }
  static Operand func(SymbolId S) { return {OperandKind::Func, S, 0}; }
  static Operand string(StringId S) { return {OperandKind::String, S, 0}; }

  explicit operator bool() const { return Kind != OperandKind::None; }
  bool isTemp() const { return Kind == OperandKind::Temp; }
  bool isInt() const { return Kind == OperandKind::Int; }
  bool operator==(const Operand &) const = default;
};

/// What an operation does. The comment gives its text form; A is an address.
// clang-format off: a table
enum class OpKind : uint8_t {
  Copy,    ///< %t = copy v              a temporary may be written in several blocks (?:, &&)
  Load,    ///< %t = load A
  Store,   ///< store A, v
  CopyMem, ///< copymem A, B             *A = *B for records and arrays
  Zero,    ///< zero A                   every scalar reachable by field and index from A becomes 0
  Havoc,   ///< havoc A                  *A becomes unknown (asm output, partial initialiser)
  Field,   ///< %t = field A, "name"     address of a member; Aux: StringId of its name
  Container, ///< %t = container A, "name"  address of the object whose member lies at A; Aux: as Field
  Index,   ///< %t = index A, i          address of an element; also pointer arithmetic
  Add, Sub, Mul, Div, Rem, And, Or, Xor, Shl, Shr, ///< %t = add a, b …
  Eq, Ne, Lt, Le, Gt, Ge,                          ///< %t = lt a, b; signedness: flag Unsigned
  Not,     ///< %t = not v               1 when v is 0, otherwise 0
  Neg,     ///< %t = neg v
  BitNot,  ///< %t = bitnot v
  Cast,    ///< %t = cast v : type       value-changing or pointer/integer casts; Aux: CastKind
  Call,    ///< %t = call @f(args…)      Aux: SymbolId
           ///< %t = call %p(args…)      flag Indirect: Operands[0] is the callee, arguments follow
           ///< %t = vcall @m(this, …)   flag Virtual: Aux is the statically named method
  New,     ///< %t = new T               address of fresh heap memory, not yet constructed; flag Array
  Delete,  ///< delete p                 frees memory only, the destructor call stands before it; flag Array
  Closure, ///< %t = closure n           address of a lambda or block object; Aux: index in Function::Closures
  Decl,    ///< decl &x                  the variable's lifetime starts with indeterminate content
  End,     ///< end &x                   the variable's lifetime ends (its destructor call stands before it)
  Escape,  ///< escape v…                given to something we do not see (asm operands)
  Await,   ///< %t = await v             a suspension point
  Threw,   ///< %t = threw               1 when the call in front of it ended in an exception
};
// clang-format on

enum class CastKind : uint8_t { Value, IntToPtr, PtrToInt, Pointer };

enum OpFlags : uint8_t {
  OF_None = 0,
  OF_Unsigned = 1,   ///< comparison or arithmetic on unsigned operands
  OF_Indirect = 2,   ///< Call through a pointer
  OF_Virtual = 4,    ///< Call by dynamic dispatch
  OF_Array = 8,      ///< New/Delete of an array
  OF_Implicit = 16,  ///< not written by the user: destructor, cleanup function, conversion
  OF_Discarded = 32, ///< Call whose result is not used
  OF_NoReturn = 64,  ///< Call that the program declares `noreturn`
  OF_Macro = 128,    ///< comes from a macro body
};

/// One operation. Invariant: operands that are temporaries are defined on every
/// path that reaches the operation.
struct Op {
  OpKind Kind = OpKind::Copy;
  uint8_t Flags = OF_None;
  TypeId Ty = 0; ///< type of the result; of the accessed object for Store, the new object for New
  TempId Result = None; ///< or None
  uint32_t Aux = 0;     ///< see OpKind
  LocId Loc = 0;
  llvm::SmallVector<Operand, 2> Operands;

  bool has(OpFlags F) const { return Flags & F; }
  bool operator==(const Op &) const = default;
};

enum class TermKind : uint8_t {
  Jump,        ///< jump bb1
  Branch,      ///< branch v, then, else
  Switch,      ///< switch v, [lo..hi -> bb]…, default bb
  Return,      ///< return v | return
  Throw,       ///< throw v as "class" to bb1 "class" else bb2
  Unreachable, ///< after a call that does not return, or no way on
};

struct SwitchCase {
  int64_t Lo = 0, Hi = 0;
  BlockId Target = 0;
  bool operator==(const SwitchCase &) const = default;
};

struct Terminator {
  TermKind Kind = TermKind::Unreachable;
  LocId Loc = 0;
  Operand Value;
  /// Branch: then, else; Switch: the default alone; Throw: the handlers around in their
  /// order, then where an exception goes on that none of them takes, unless it leaves here.
  llvm::SmallVector<BlockId, 2> Succs;
  llvm::SmallVector<SwitchCase, 0> Cases; ///< Switch
  /// Throw: the class of the exception and its bases; the empty name: nobody knows. None at
  /// all: the one in flight, or being handled.
  llvm::SmallVector<StringId, 0> Thrown;
  llvm::SmallVector<StringId, 0> Catches; ///< Throw: by handler; the empty name: it takes all
  bool operator==(const Terminator &) const = default;
};

} // namespace handrail::ir
