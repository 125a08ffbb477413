// Functions on memory and texts, for this library alone: the program's may be a
// sanitizer's (libc.h). The compiler calls the first four by itself.
#include "libc.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <link.h>

namespace handrail::preload {

#if !HANDRAIL_WRAP
namespace {

/// The default version of a symbol in a module's own table, by the hashes that the loader
/// uses. Only of a plain function.
void *find_symbol(const link_map &module, const char *name) noexcept {
  const ElfW(Sym) *symbols = nullptr;
  const char *strings = nullptr;
  const std::uint32_t *table = nullptr;
  const ElfW(Versym) *versions = nullptr;
  for (const ElfW(Dyn) *d = module.l_ld; d->d_tag != DT_NULL; ++d)
    if (d->d_tag == DT_SYMTAB)
      symbols = reinterpret_cast<const ElfW(Sym) *>(d->d_un.d_ptr);
    else if (d->d_tag == DT_STRTAB)
      strings = reinterpret_cast<const char *>(d->d_un.d_ptr);
    else if (d->d_tag == DT_GNU_HASH)
      table = reinterpret_cast<const std::uint32_t *>(d->d_un.d_ptr);
    else if (d->d_tag == DT_VERSYM)
      versions = reinterpret_cast<const ElfW(Versym) *>(d->d_un.d_ptr);
  if (!symbols || !strings || !table)
    return nullptr;
  std::uint32_t hash = 5381;
  for (const char *c = name; *c; ++c)
    hash = hash * 33 + static_cast<unsigned char>(*c);
  // Count of buckets, first symbol, words of the filter; then the filter, the buckets and
  // a hash for each symbol, whose last bit ends a bucket.
  const std::uint32_t bucket_count = table[0], first = table[1];
  const std::uint32_t *buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / 4);
  const std::uint32_t *hashes = buckets + bucket_count;
  for (std::uint32_t i = buckets[hash % bucket_count]; i >= first; ++i) {
    const bool is_default = !versions || !(versions[i] & 0x8000);
    if ((hashes[i - first] | 1) == (hash | 1) && is_default &&
        std::strcmp(strings + symbols[i].st_name, name) == 0 &&
        ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC)
      return reinterpret_cast<void *>(module.l_addr + symbols[i].st_value);
    if (hashes[i - first] & 1)
      break;
  }
  return nullptr;
}

} // namespace

void *find_in_libc(const char *name) noexcept {
  Dl_info info{};
  link_map *libc = nullptr;
  const void *inside = ::dlsym(RTLD_NEXT, "gnu_get_libc_version");
  void *found =
      inside && ::dladdr1(inside, &info, reinterpret_cast<void **>(&libc), RTLD_DL_LINKMAP)
          ? find_symbol(*libc, name)
          : nullptr;
  return found ? found : ::dlsym(RTLD_NEXT, name);
}

// A barrier in a loop keeps the compiler from seeing that it is one of these functions.
#define OWN extern "C" __attribute__((visibility("hidden"), used))
#define KEEP_LOOP asm volatile("")

OWN void *memcpy(void *to, const void *from, std::size_t n) noexcept {
  auto *t = static_cast<unsigned char *>(to);
  const auto *f = static_cast<const unsigned char *>(from);
  for (; n >= 8; n -= 8, t += 8, f += 8) {
    KEEP_LOOP;
    std::uint64_t word;
    __builtin_memcpy(&word, f, 8);
    __builtin_memcpy(t, &word, 8);
  }
  for (; n; --n) {
    KEEP_LOOP;
    *t++ = *f++;
  }
  return to;
}
OWN void *memset(void *to, int byte, std::size_t n) noexcept {
  for (auto *t = static_cast<unsigned char *>(to); n; --n) {
    KEEP_LOOP;
    *t++ = static_cast<unsigned char>(byte);
  }
  return to;
}
OWN int memcmp(const void *a, const void *b, std::size_t n) noexcept {
  const auto *x = static_cast<const unsigned char *>(a);
  const auto *y = static_cast<const unsigned char *>(b);
  for (; n >= 8; n -= 8, x += 8, y += 8) {
    KEEP_LOOP;
    std::uint64_t left, right;
    __builtin_memcpy(&left, x, 8);
    __builtin_memcpy(&right, y, 8);
    if (left != right)
      break;
  }
  for (; n; --n, ++x, ++y) {
    KEEP_LOOP;
    if (*x != *y)
      return *x - *y;
  }
  return 0;
}
OWN int bcmp(const void *a, const void *b, std::size_t n) noexcept { return memcmp(a, b, n); }
OWN std::size_t strlen(const char *s) noexcept {
  std::size_t n = 0;
  for (; s[n]; ++n)
    KEEP_LOOP;
  return n;
}
OWN int strncmp(const char *a, const char *b, std::size_t n) noexcept {
  for (; n; --n, ++a, ++b) {
    KEEP_LOOP;
    if (*a != *b || !*a)
      return static_cast<unsigned char>(*a) - static_cast<unsigned char>(*b);
  }
  return 0;
}
OWN int strcmp(const char *a, const char *b) noexcept { return strncmp(a, b, SIZE_MAX); }
OWN char *strchr(const char *s, int c) noexcept {
  for (;; ++s) {
    KEEP_LOOP;
    if (*s == static_cast<char>(c))
      return const_cast<char *>(s);
    if (!*s)
      return nullptr;
  }
}
OWN char *strrchr(const char *s, int c) noexcept {
  char *last = nullptr;
  for (;; ++s) {
    KEEP_LOOP;
    if (*s == static_cast<char>(c))
      last = const_cast<char *>(s);
    if (!*s)
      return last;
  }
}
OWN std::size_t strcspn(const char *s, const char *ends) noexcept {
  std::size_t n = 0;
  for (; s[n] && !strchr(ends, s[n]); ++n)
    KEEP_LOOP;
  return n;
}
OWN char *strstr(const char *s, const char *wanted) noexcept {
  for (const std::size_t n = strlen(wanted);; ++s) {
    KEEP_LOOP;
    if (strncmp(s, wanted, n) == 0)
      return const_cast<char *>(s);
    if (!*s)
      return nullptr;
  }
}
OWN char *strcpy(char *to, const char *from) noexcept {
  memcpy(to, from, strlen(from) + 1);
  return to;
}
OWN char *strncpy(char *to, const char *from, std::size_t n) noexcept {
  std::size_t i = 0;
  for (; i < n && from[i]; ++i) {
    KEEP_LOOP;
    to[i] = from[i];
  }
  memset(to + i, 0, n - i);
  return to;
}
#endif

} // namespace handrail::preload
