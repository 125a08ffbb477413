//===- start.h - from the first hook to the last ----------------*- C++ -*-===//
#ifndef HANDRAIL_PRELOAD_START_H
#define HANDRAIL_PRELOAD_START_H

namespace handrail::preload {

void read_settings() noexcept;
/// Makes the region and points base to it. False when there is no memory.
bool make_region() noexcept;
/// In a forked child: a region of its own with what it inherited.
void adopt_region() noexcept;
/// Takes the file of the region away, of a process that has nothing to tell.
void remove_file() noexcept;
/// Nothing is written down from here on.
void give_up() noexcept;
/// Prints what is open when there is no tool to do it (text.cpp).
void print_summary() noexcept;

} // namespace handrail::preload

#endif
