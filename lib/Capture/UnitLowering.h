//===- UnitLowering.h - Clang's declarations as tables of a unit -*- C++ -*-===//
//
// One object per translation unit. It gives every declaration, type and place
// that lowering meets its number in the unit, once, and remembers which function
// bodies are still to be lowered. Everything is numbered in the order in which
// it is first asked for, which follows the source; nothing depends on addresses.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/Unit.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <deque>

namespace handrail::capture {

/// Where a source location lies, as the user sees it.
struct Place {
  uint32_t File = 0, Line = 0, Col = 0;
};

/// The number's low 64 bits; unsigned values past INT64_MAX wrap.
int64_t toInt64(const llvm::APSInt &V);

class UnitLowering {
public:
  UnitLowering(clang::ASTContext &Context, llvm::StringRef MainFile);

  clang::ASTContext &Context;
  const clang::SourceManager &SM;
  ir::Unit U;
  ir::UnitBuilder Builder;

  /// The function's symbol. Its body, when it has one that the project wrote, is
  /// put on the work list.
  ir::SymbolId function(const clang::FunctionDecl *FD);
  /// A function that the compiler knows and nobody declares.
  ir::SymbolId builtin(llvm::StringRef Name);
  /// The symbol of a variable with static storage, local ones included.
  ir::SymbolId variable(const clang::VarDecl *VD);
  ir::RecordId record(const clang::RecordDecl *RD);
  /// As record(), and its fields are wanted: the others stay names alone, or one
  /// pointer would bring in every struct of a program.
  ir::RecordId completeRecord(const clang::RecordDecl *RD);
  /// The type as written, for declarations.
  ir::TypeId type(clang::QualType T);
  /// The type without its typedefs and qualifiers, for operations.
  ir::TypeId valueType(clang::QualType T);
  ir::TypeId integerType(unsigned Bits, bool Signed);
  ir::LocId loc(clang::SourceRange R);
  ir::LocId loc(clang::SourceLocation L) { return loc(clang::SourceRange(L, L)); }
  ir::StringId string(llvm::StringRef S) { return Builder.string(S); }
  /// The name of the step from a record's address to a member's; 0 when both are
  /// the same.
  ir::StringId fieldStep(const clang::FieldDecl *FD);

  bool inSystemHeader(clang::SourceLocation L) const;
  bool inMainFile(clang::SourceLocation L) const;
  /// True when the token at \p L was written in the body of a macro.
  bool fromMacro(clang::SourceLocation L) const { return SM.isMacroBodyExpansion(L); }

  /// What a static initialiser names is reached: functions are lowered, variables
  /// may be written through their address.
  void reach(const clang::Stmt *Init);
  /// True when an object of type \p T has a pointer to a function in it, or leads
  /// to one that has.
  bool leadsToFunctions(clang::QualType T);
  bool escapes(ir::SymbolId Id) const { return Escaping.contains(Id); }
  /// The next function whose body is to be lowered, or null.
  const clang::FunctionDecl *next();
  /// The definition of \p FD whose body is to be lowered, or null when it has
  /// none, or one that a contract stands for.
  const clang::FunctionDecl *ownBody(const clang::FunctionDecl *FD) const;
  /// Whether \p FD contains a `throw`, or calls a function that does or that another file
  /// may define. (ExceptionLowering.cpp)
  bool mayThrow(const clang::FunctionDecl *FD);
  ir::StringId caughtClass(clang::QualType T);
  llvm::SmallVector<ir::StringId, 0> thrownClasses(clang::QualType T);

private:
  clang::PrintingPolicy Policy;
  clang::FileID MainID;
  llvm::DenseMap<const clang::Decl *, ir::SymbolId> Symbols;
  llvm::DenseMap<const clang::Decl *, ir::RecordId> Records;
  llvm::DenseMap<const void *, ir::TypeId> NamedTypes, ValueTypes;
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, ir::LocId> Locs;
  llvm::DenseMap<clang::FileID, uint32_t> FileIds;
  llvm::DenseMap<const clang::FieldDecl *, ir::StringId> FieldSteps;
  llvm::DenseSet<const clang::Decl *> Completed;
  llvm::StringMap<ir::SymbolId> Usrs;
  llvm::DenseSet<ir::SymbolId> Escaping;
  llvm::DenseMap<const clang::FunctionDecl *, bool> Throwing; ///< by definition
  llvm::DenseSet<const clang::Stmt *> Reached;
  llvm::DenseMap<const clang::Decl *, bool> WithFunctions; ///< records; while it is asked: false
  std::deque<const clang::FunctionDecl *> Pending;

  bool throwsElsewhere(const clang::FunctionDecl *FD) const;
  Place place(clang::SourceLocation L);
  uint32_t file(clang::FileID Id);
  /// Makes \p Path absolute and takes `.` and `..` out of it.
  void clean(llvm::SmallVectorImpl<char> &Path) const;
  clang::SourceLocation visibleEnd(clang::SourceLocation L) const;
  std::string usr(const clang::NamedDecl *D, bool CLinkage, bool Internal);
  std::string qualifiedName(const clang::NamedDecl *D) const;
  ir::StringId header(const clang::Decl *D);
  ir::Operand constantInitializer(const clang::VarDecl *VD);
  void addInitialValues(const clang::VarDecl *VD, ir::SymbolId Id);
  void addInitialValue(const clang::APValue &V, clang::QualType T,
                       llvm::SmallVectorImpl<ir::InitialStep> &Steps,
                       std::vector<ir::InitialValue> &Out);
  ir::SymbolId add(const clang::NamedDecl *D, ir::Symbol S, bool Unique);
  void addFields(const clang::RecordDecl *RD, std::vector<ir::Field> &Fields);
  ir::TypeId build(clang::QualType T, bool Named);
  void addAttributes(const clang::Decl *D, llvm::StringRef Prefix, ir::Symbol &S);
  void addMethodFacts(const clang::CXXMethodDecl *MD, ir::SymbolId Id);
  void addClassFacts(const clang::CXXRecordDecl *RD, ir::RecordId Id);
};

} // namespace handrail::capture
