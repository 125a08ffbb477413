//===- Unit.h - one translation unit as Handle IR ----------------*- C++ -*-===//
//
// A unit is what capture writes and everything after it reads. It is a pure
// function of the source text, the command line and the capture options; no
// model takes part, so a changed model never re-parses a file.
//
// Two forms on disk: text (Printer.h, Parser.h), which round-trips and in which
// the solver's tests are written, and binary (Bitcode.h), versioned and
// checksummed.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Op.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace handrail::ir {

/// A source range. Line and column are where the text was expanded (what the
/// user sees); the spelling differs only inside macros. Lines and columns count
/// from 1, a column in bytes.
struct SourceLoc {
  uint32_t File = 0; ///< Unit::Files
  uint32_t Line = 0, Col = 0;
  uint32_t EndLine = 0, EndCol = 0;
  uint32_t SpellFile = 0, SpellLine = 0, SpellCol = 0;
  auto operator<=>(const SourceLoc &) const = default;
};

struct SourceFile {
  std::string Path; ///< as the compiler opened it, made absolute
  bool System = false;
  bool operator==(const SourceFile &) const = default;
};

/// Default, Deleted, User: how a special member function came to be.
enum class SpecialMember : uint8_t { None, Defaulted, Deleted, User };

struct Field {
  StringId Name = 0;
  TypeId Ty = 0;
  LocId Loc = 0;
  bool operator==(const Field &) const = default;
};

struct Record {
  std::string Usr;
  StringId Name = 0;
  bool Union = false, Polymorphic = false, Trivial = true, System = false;
  SymbolId Destructor = None; ///< when it does anything
  SpecialMember CopyCtor = SpecialMember::None, MoveCtor = SpecialMember::None,
                CopyAssign = SpecialMember::None, MoveAssign = SpecialMember::None;
  std::vector<Field> Fields;
  std::vector<TypeId> Bases;
  LocId Loc = 0;
  bool operator==(const Record &) const = default;
};

enum class Linkage : uint8_t {
  External,
  Internal, ///< one unit only: `static`, anonymous namespace
  Inline,   ///< may stand in many units: inline functions, templates
  Weak
};

/// A step from the address of a variable into it. An element's index when Field is 0.
struct InitialStep {
  StringId Field = 0;
  uint32_t Index = 0;
  bool operator==(const InitialStep &) const = default;
};

/// What one place inside a variable holds before the program runs. Invariant:
/// there is a step, and the value is a Func, a Global, or Undef.
struct InitialValue {
  llvm::SmallVector<InitialStep, 2> Steps;
  Operand Value;
  bool operator==(const InitialValue &) const = default;
};

/// A function or global variable that the unit names, defined here or not. A
/// function-local static variable is a Symbol too.
///
/// `Usr` is its identity across units: the plain name for what has C language
/// linkage, Clang's USR otherwise, with the file appended for internal linkage.
/// `Name` is what models match and messages print: `open`, `std::fopen`,
/// `ns::Class::method`.
struct Symbol {
  std::string Usr;
  StringId Name = 0;
  bool IsFunction = true;
  Linkage Link = Linkage::External;
  TypeId Ty = 0;         ///< Function type, or the variable's type
  bool CLinkage = false; ///< C, or extern "C"
  bool Exported = false; ///< written extern "C", or given default visibility by an attribute
  bool NoReturn = false, NoThrow = false, System = false;
  bool Const = false;  ///< a variable that is never written after initialisation
  bool Method = false; ///< the first parameter is `this`
  bool Virtual = false, Destructor = false, Constructor = false;
  bool Pure = false;      ///< a virtual method that no virtual call ends in
  RecordId Parent = None; ///< class of a method
  StringId Header = 0;    ///< path of the file that declares it, for C library names
  LocId Loc = 0;
  /// For example "acquire_handle(fd)", "annotate:…", "param1:use_handle(fd)".
  std::vector<std::string> Attributes;
  std::vector<SymbolId> Overrides; ///< methods this one overrides directly
  /// A variable's constant initialiser when it is a scalar. Undef: initialised to
  /// something that capture does not know.
  Operand Init;
  /// The functions and tables of functions in the initialiser of a record or array.
  std::vector<InitialValue> Values;
  bool operator==(const Symbol &) const = default;
};

struct Local {
  StringId Name = 0; ///< empty for temporaries that capture invented
  TypeId Ty = 0;
  LocId Loc = 0;
  bool Param = false;
  bool operator==(const Local &) const = default;
};

enum class CaptureKind : uint8_t { ByCopy, ByReference, This, Init };

struct LambdaCapture {
  CaptureKind Kind = CaptureKind::ByCopy;
  bool Implicit = false; ///< through `[=]` or `[&]`
  StringId Name = 0;     ///< name of the member inside the closure object
  Operand Value;         ///< address for ByReference and This, value otherwise
  TypeId Ty = 0;
  LocId Loc = 0;
  bool operator==(const LambdaCapture &) const = default;
};

/// A lambda expression, block, or `std::bind`: the function it runs and what it
/// captured.
struct ClosureInfo {
  SymbolId Callee = None;
  std::vector<LambdaCapture> Captures;
  LocId Loc = 0;
  bool operator==(const ClosureInfo &) const = default;
};

/// Replaces \p Length bytes at \p Offset of a file by \p Text.
struct TextEdit {
  uint32_t Offset = 0, Length = 0;
  StringId Text = 0;
  bool operator==(const TextEdit &) const = default;
};

enum class RewriteKind : uint8_t {
  NameTemporary, ///< a temporary that is a statement becomes a variable
  UseParameter,  ///< a lambda's own parameter takes the place of a capture
  CaptureWeakly  ///< a captured std::shared_ptr becomes a weak one
};

/// A way to write part of a function otherwise. Capture tells what would compile; whether
/// it is wanted is for others to say. Invariant: the edits are sorted, apart from each
/// other, and in the file of `About`.
struct Rewrite {
  RewriteKind Kind = RewriteKind::NameTemporary;
  LocId About = 0; ///< the place of the operation or of the lambda's capture
  std::vector<TextEdit> Edits;
  bool operator==(const Rewrite &) const = default;
};

struct Block {
  std::vector<Op> Ops;
  Terminator Term;
  bool operator==(const Block &) const = default;
};

/// A function body. Invariants (checked by `verify`): block 0 is the entry;
/// every successor exists; parameters are Locals[0, NumParams) in order, `this`
/// first for methods; temporaries are below NumTemps. A parameter of record type
/// is passed by address and its Local is that address.
struct Function {
  SymbolId Sym = 0;
  uint32_t NumParams = 0;
  uint32_t NumTemps = 0;
  LocId Loc = 0;    ///< the name
  LocId EndLoc = 0; ///< the closing brace
  std::vector<Local> Locals;
  std::vector<ClosureInfo> Closures;
  std::vector<Rewrite> Rewrites;
  std::vector<Block> Blocks;
  bool operator==(const Function &) const = default;
};

/// One translation unit.
struct Unit {
  std::string MainFile;
  bool CPlusPlus = false;
  bool HadErrors = false; ///< the front end reported errors; bodies it could not build are absent
  std::vector<SourceFile> Files;
  std::vector<std::string> Strings{""};
  std::vector<SourceLoc> Locs{SourceLoc{}};
  std::vector<Type> Types{Type{}};
  std::vector<Record> Records;
  std::vector<Symbol> Symbols;
  std::vector<Function> Functions;

  llvm::StringRef str(StringId Id) const { return Strings[Id]; }
  const SourceLoc &loc(LocId Id) const { return Locs[Id]; }
  const Type &type(TypeId Id) const { return Types[Id]; }
  const Symbol &symbol(SymbolId Id) const { return Symbols[Id]; }
  llvm::StringRef name(const Symbol &S) const { return str(S.Name); }

  /// Equal in meaning: how strings, locations and types are numbered does not
  /// matter, the order of everything else does. Both units must be valid.
  bool operator==(const Unit &) const;
};

/// Adds to the tables of a unit without repeating equal entries.
class UnitBuilder {
public:
  explicit UnitBuilder(Unit &U);
  StringId string(llvm::StringRef S);
  /// What \p T's kind does not use is reset first. The types \p T consists of
  /// must be in the table already. Types nested beyond all reason become Other.
  TypeId type(Type T);
  LocId loc(const SourceLoc &L);
  uint32_t file(llvm::StringRef Path, bool System);

private:
  /// Expanded size and nesting of a type.
  struct Extent {
    uint32_t Size = 1, Depth = 1;
  };
  Unit &U;
  llvm::StringMap<StringId> StringIds;
  llvm::StringMap<uint32_t> FileIds;
  // By hash; an entry whose hash is taken by another one moves to the next free key.
  llvm::DenseMap<uint64_t, LocId> LocIds;
  llvm::DenseMap<uint64_t, TypeId> TypeIds;
  std::vector<Extent> Extents; ///< parallel to Unit::Types
  Extent extent(const Type &T) const;
};

/// Renumbers strings, types and locations in the order in which the text form
/// first needs them, and drops what nothing refers to. \p U must be valid. Two
/// units are equal exactly when their canonical forms are the same in every
/// table. Linear.
void canonicalize(Unit &U);

/// The first broken invariant of \p U in words, or nothing. Linear, but for
/// temporaries that are defined in one block and used in another.
std::optional<std::string> verify(const Unit &U);

/// SHA-256 of the unit's binary form, in hexadecimal. Linear in its size.
std::string contentHash(const Unit &U);

} // namespace handrail::ir
