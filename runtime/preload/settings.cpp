// What the environment says, read without the C library's help: it may not have begun.
#include "core.h"
#include "start.h"

#include <cstring>

extern "C" char **environ;
extern "C" void *__libc_stack_end __attribute__((weak));

namespace handrail::preload {

constinit settings options;

namespace {

/// The environment as the program began with it. libc may not have begun: the kernel has
/// put it behind the arguments.
char **environment() noexcept {
  if (environ || !&__libc_stack_end || !__libc_stack_end)
    return environ;
  auto **const start = static_cast<char **>(__libc_stack_end);
  return start + 1 + *reinterpret_cast<const long *>(start) + 1;
}

const char *value_of(const char *name) noexcept {
  const std::size_t size = std::strlen(name);
  for (char **entry = environment(); entry && *entry; ++entry)
    if (std::strncmp(*entry, name, size) == 0 && (*entry)[size] == '=')
      return *entry + size + 1;
  return nullptr;
}

std::uint32_t number(const char *text, std::uint32_t otherwise) noexcept {
  if (!text || *text < '0' || *text > '9')
    return otherwise;
  std::uint32_t n = 0;
  while (*text >= '0' && *text <= '9' && n < 100'000'000)
    n = n * 10 + static_cast<std::uint32_t>(*text++ - '0');
  return n;
}

char directory[3072];

} // namespace

void read_settings() noexcept {
  options.level = static_cast<int>(number(value_of("HANDRAIL_LEVEL"), 2));
  options.depth = number(value_of("HANDRAIL_STACK_DEPTH"), options.depth);
  if (options.depth < 1)
    options.depth = 1;
  if (options.depth > region::max_frames - 1)
    options.depth = region::max_frames - 1; // one is for a mark
  options.follow = number(value_of("HANDRAIL_FOLLOW"), 1) != 0;
  options.fresh_numbers = number(value_of("HANDRAIL_FRESH_NUMBERS"), 0) != 0;
  options.fail_acquire = number(value_of("HANDRAIL_FAIL_ACQUIRE"), 0);
  options.fail_release = number(value_of("HANDRAIL_FAIL_RELEASE"), 0);
  options.library_path = value_of("LD_LIBRARY_PATH");
  // A copy: the program may change its environment.
  if (const char *d = value_of("HANDRAIL_DIR"); d && std::strlen(d) < sizeof directory) {
    std::strcpy(directory, d);
    options.directory = directory;
  }
}

} // namespace handrail::preload
