//===- ModelDigest.h - what is the same about models -------------*- C++ -*-===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include <string>

namespace handrail::model {

/// A digest of all that \p M says, but for where it is written.
std::string digestOf(const FunctionModel &M);

/// A digest of all that is known.
std::string digestOf(const ModelSet &Models);

/// A digest of the kinds, their numbers and which of them are on.
std::string digestOfKinds(const ModelSet &Models);

} // namespace handrail::model
