//===- watcher.h - what `handrail run` is told ------------------*- C++ -*-===//
#ifndef HANDRAIL_SRC_WATCHER_H
#define HANDRAIL_SRC_WATCHER_H

namespace handrail::detail {

/// The test that this thread runs from here on, null for none. Nothing without a watcher.
void tell_test(const char *name) noexcept;

} // namespace handrail::detail

#endif
