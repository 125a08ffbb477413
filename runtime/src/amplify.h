//===- amplify.h - failures that a test asks for, inside --------*- C++ -*-===//
#ifndef HANDRAIL_SRC_AMPLIFY_H
#define HANDRAIL_SRC_AMPLIFY_H

namespace handrail::detail {

/// HANDRAIL_AMPLIFY, when the library is loaded.
void read_amplification() noexcept;
/// Whether tables that are made are not to use a slot twice.
bool wants_fresh_ids() noexcept;

} // namespace handrail::detail

#endif
