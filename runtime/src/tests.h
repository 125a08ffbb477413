//===- tests.h - which test a thread works for ------------------*- C++ -*-===//
#ifndef HANDRAIL_SRC_TESTS_H
#define HANDRAIL_SRC_TESTS_H

#include <cstdint>
#include <string>

namespace handrail::detail {

/// Empty for 0.
std::string test_name(std::uint32_t test);
void lock_tests() noexcept;
void unlock_tests() noexcept;

} // namespace handrail::detail

#endif
