//===- StandardOwners.h - members of the standard library by contract ------===//
//
// Bodies of system headers are not parsed, and libraries differ in how they
// write them. What the C++ standard says of owners and of the few functions that
// move values is here instead: it belongs to the language as its users see it,
// like `delete`. What an instance does with them depends on its type arguments
// alone (which deleter, which mutex), so a model could not say it.
//
// A member that is not listed, or is used in an unusual way, is a function
// without a body.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"

namespace handrail::capture {

enum class Contract : uint8_t {
  None,
  // A destructor that nobody wrote and that the parser had no reason to define.
  Destructor,
  // std::unique_ptr
  PtrEmpty,
  PtrTake, ///< (pointer) and (pointer, deleter)
  PtrMove, ///< constructor
  PtrDestroy,
  PtrAssign, ///< from another one
  PtrAssignNull,
  PtrRelease,
  PtrReset,
  PtrGet,
  PtrTest,
  PtrDeleter,
  // std::optional
  OptEmpty,
  OptTake,     ///< a value
  OptTransfer, ///< copy and move constructors
  OptDestroy,
  OptReset,
  OptAssign, ///< a value
  OptEmplace,
  OptGet,
  OptTest,
  // std::lock_guard, scoped_lock, unique_lock, shared_lock
  LockTake,  ///< the mutexes
  LockAdopt, ///< one that is held already
  LockDefer, ///< one that is not held
  LockEmpty,
  LockMove,
  LockDestroy,
  LockLock,
  LockUnlock,
  LockRelease,
  LockTest,
  // std::pair, std::tuple
  TupleDefault,
  TupleTake,     ///< a value for each element
  TupleTransfer, ///< copy and move constructors
  TupleAssign,   ///< from another one
  TupleDestroy,
  TupleMake, ///< make_pair, make_tuple
  TupleGet,
  // std::function
  FuncEmpty,
  FuncTake, ///< an object with one operator()
  FuncMove, ///< constructor
  FuncCopy, ///< constructor
  FuncDestroy,
  FuncAssign, ///< from another one
  FuncReset,
  FuncCall,
  FuncTest,
  // std::shared_ptr
  SharedEmpty,
  SharedTake,     ///< (pointer) and (pointer, deleter)
  SharedTransfer, ///< copy and move constructors, also from another type
  SharedFromUnique,
  SharedDestroy,
  SharedAssign, ///< from another one
  SharedAssignUnique,
  SharedReset,
  SharedGet,
  SharedTest,
  SharedCount, ///< how many there are: not known
  // std::variant
  VarDefault,
  VarTake,     ///< a value of one alternative's type
  VarTransfer, ///< copy and move constructors
  VarDestroy,
  VarAssign, ///< from another one
  VarAssignValue,
  VarEmplace,
  VarIndex,
  VarHolds,
  VarGet,
  VarGetIf,
  // std::vector, deque, list of scalars: what is asked of the elements is unknown, and so
  // is who has them then
  ContEmpty,
  ContAppend, ///< a value
  ContDestroy,
  MakeShared,
  MakeUnique,
  // Functions
  PtrIsNull, ///< a std::unique_ptr or std::shared_ptr compared with nullptr
  PtrIsNotNull,
  Exchange,
  Swap, ///< also as a member
};

/// What stands for the body of \p FD, if anything does.
Contract contractOf(const clang::FunctionDecl *FD);

/// The class template instance that the member \p FD belongs to.
const clang::ClassTemplateSpecializationDecl *instanceOf(const clang::FunctionDecl *FD);

/// The type argument number \p I, null when it is none.
clang::QualType typeArgument(const clang::ClassTemplateSpecializationDecl *RD, unsigned I);

/// What std::unique_ptr<T, D> points with: T * unless D says otherwise. For
/// std::shared_ptr<T>, T *.
clang::QualType pointerOf(const clang::ClassTemplateSpecializationDecl *RD);

/// The types of what an instance of std::pair, std::tuple or std::variant holds. Empty for
/// one with references.
llvm::SmallVector<clang::QualType, 4>
elementTypes(const clang::ClassTemplateSpecializationDecl *RD);

/// Which element `std::get<I>`, or another function with such an argument, names, of those
/// of \p RD.
std::optional<unsigned> elementNamed(const clang::FunctionDecl *Get,
                                     const clang::ClassTemplateSpecializationDecl *RD);

/// The only one of \p Types that is \p T.
std::optional<unsigned> alternativeOf(llvm::ArrayRef<clang::QualType> Types, clang::QualType T);

/// \p T as an instance of a class template of the standard library, or null.
const clang::ClassTemplateSpecializationDecl *standardInstance(clang::QualType T);

/// The one `operator()` of \p RD that is no template, or null.
const clang::CXXMethodDecl *callOperator(const clang::CXXRecordDecl *RD);

/// The one method of \p RD or its bases that has this name and no parameters.
const clang::CXXMethodDecl *plainMethod(const clang::CXXRecordDecl *RD, llvm::StringRef Name);

} // namespace handrail::capture
