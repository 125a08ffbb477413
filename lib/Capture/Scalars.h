//===- Scalars.h - small questions about scalar types ------------*- C++ -*-===//
#pragma once

#include "clang/AST/Type.h"

namespace handrail::capture {

inline bool isInteger(clang::QualType T) { return T->isIntegralOrEnumerationType(); }

/// Integers and pointers: what an operand can stand for.
inline bool isScalar(clang::QualType T) {
  return isInteger(T) || T->isAnyPointerType() || T->isBlockPointerType() || T->isNullPtrType() ||
         T->isReferenceType();
}

/// Floating-point values are computed with like others, but their constants are
/// unknown.
inline bool isNumber(clang::QualType T) { return isScalar(T) || T->isRealFloatingType(); }

inline bool isUnsigned(clang::QualType T) {
  return T->isAnyPointerType() || T->isReferenceType() || T->isUnsignedIntegerOrEnumerationType() ||
         T->isBooleanType();
}

/// \p V as a value of \p Bits bits.
inline int64_t wrap(int64_t V, unsigned Bits, bool Signed) {
  if (Bits >= 64 || Bits == 0)
    return V;
  uint64_t Mask = (uint64_t(1) << Bits) - 1;
  uint64_t U = static_cast<uint64_t>(V) & Mask;
  if (Signed && (U >> (Bits - 1)))
    U |= ~Mask;
  return static_cast<int64_t>(U);
}

} // namespace handrail::capture
