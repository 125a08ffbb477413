// What is open at the end, in a few lines on stderr: for a program that was started with
// LD_PRELOAD and without `handrail run`, whose reports say far more.
#include "core.h"
#include "start.h"
#include "system.h"

#include <cstring>
#include <dlfcn.h>

namespace handrail::preload {

namespace {

class line {
public:
  line &operator<<(const char *text) noexcept {
    while (*text && size_ < sizeof text_)
      text_[size_++] = *text++;
    return *this;
  }
  line &operator<<(std::uint64_t n) noexcept {
    char digits[24];
    int count = 0;
    do
      digits[count++] = static_cast<char>('0' + n % 10);
    while (n /= 10);
    while (count && size_ < sizeof text_)
      text_[size_++] = digits[--count];
    return *this;
  }
  ~line() { sys::write(2, text_, size_); }

private:
  char text_[1024];
  std::size_t size_ = 0;
};

const char *name_text(std::uint32_t name) noexcept {
  if (!name)
    return nullptr;
  const std::size_t at = name & region::kept_name ? region::kept_at + (name & ~region::kept_name)
                                                  : region::names_at + name % region::name_bytes;
  const auto *head = section<region::name_head>(at);
  return head->self == name ? reinterpret_cast<const char *>(head + 1) : nullptr;
}

void print_place(line &out, std::uint32_t stack) noexcept {
  if (!stack)
    return;
  const void *pc = section<const void *>(region::depot_at)[stack + 1];
  Dl_info info{};
  const bool known = ::dladdr(static_cast<const char *>(pc) - 1, &info) && info.dli_fname;
  out << " in " << (known && info.dli_sname ? info.dli_sname : "?") << " ("
      << (known ? info.dli_fname : "?") << ")";
}

} // namespace

void print_summary() noexcept {
  const std::uint32_t end = header().descriptors.load();
  std::uint64_t open = 0;
  for (std::uint32_t fd = 3; fd < end; ++fd) {
    const record *r = descriptor(static_cast<int>(fd));
    const std::uint64_t word = r ? r->word.load() : 0;
    if (!(word & region::is_open) || word & (region::is_inherited | region::is_untraced))
      continue;
    if (++open == 1)
      line() << "handrail: open at exit (`handrail run` tells more):\n";
    line out;
    out << "  " << region::kind_names[static_cast<int>(region::kind_of(word))] << " " << fd;
    if (const char *name = name_text(r->name))
      out << " '" << name << "'";
    out << ", opened";
    print_place(out, r->opened);
    out << "\n";
  }
  for (std::size_t i = 0; i < region::misuse_count; ++i) {
    const std::size_t at = region::misuses_at + i * sizeof(region::misuse);
    const auto *m = section<region::misuse>(at);
    if (!m->count.load() || m->rule == static_cast<std::uint8_t>(rule::leak_on_exec))
      continue;
    line out;
    out << "handrail: " << region::rule_names[m->rule] << " of " << region::kind_names[m->kind]
        << " ";
    if (region::is_descriptor(static_cast<kind>(m->kind)))
      out << m->value;
    out << " by " << m->call;
    print_place(out, m->here);
    out << "\n";
  }
}

} // namespace handrail::preload
