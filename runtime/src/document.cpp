// Everything that the ledger knows, as one JSON document: "handrail-ledger", version 1.
//
// Addresses are written as module and offset; whoever reads it finds the functions.
#include "clock.h"
#include "history.h"
#include "misuse.h"
#include "report.h"
#include "sites.h"
#include "tests.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <link.h>
#include <map>
#include <unistd.h>

namespace handrail {

namespace detail {

namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

/// `{"a":1,…}` or `[…]`: puts the commas, and leaves out members that say nothing.
class json_list {
public:
  explicit json_list(char open) : text_(1, open), close_(open == '{' ? '}' : ']') {}
  json_list &item(std::string_view raw) {
    if (text_.size() > 1)
      text_ += ',';
    text_ += raw;
    return *this;
  }
  json_list &raw(std::string_view key, std::string_view value) {
    return item('"' + std::string(key) + "\":" + std::string(value));
  }
  json_list &text(std::string_view key, std::string_view value) {
    return value.empty() ? *this : raw(key, json_string(value));
  }
  json_list &count(std::string_view key, std::uint64_t value) {
    return value ? raw(key, number(value)) : *this;
  }
  json_list &flag(std::string_view key, bool value) { return value ? raw(key, "true") : *this; }
  json_list &list(std::string_view key, const json_list &value) {
    return value.text_.size() > 1 ? raw(key, value.done()) : *this;
  }
  std::string done() const { return text_ + close_; }

private:
  std::string text_;
  char close_;
};

std::string build_id(const dl_phdr_info &info, const ElfW(Phdr) & notes) {
  const auto *at = reinterpret_cast<const char *>(info.dlpi_addr + notes.p_vaddr);
  const char *end = at + notes.p_memsz;
  constexpr auto padded = [](std::size_t n) { return (n + 3) / 4 * 4; };
  while (at + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    const char *name = at + sizeof note;
    const char *value = name + padded(note.n_namesz);
    if (value + note.n_descsz > end)
      return {};
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      std::string text;
      for (std::size_t i = 0; i < note.n_descsz; ++i) {
        char byte[3];
        std::snprintf(byte, sizeof byte, "%02x", static_cast<unsigned char>(value[i]));
        text += byte;
      }
      return text;
    }
    at = value + padded(note.n_descsz);
  }
  return {};
}

struct loaded_module {
  std::uintptr_t base;
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> segments; ///< where each begins and ends
  std::string path, id;

  /// One byte back: a return address may lie behind the end.
  bool has(std::uintptr_t pc) const noexcept {
    return std::ranges::any_of(
        segments, [pc](const auto &s) { return pc - 1 >= s.first && pc - 1 < s.second; });
  }
};

std::string own_path() {
  std::string path(4096, '\0');
  const ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return path;
}

int add_module(dl_phdr_info *info, std::size_t, void *context) {
  auto &all = *static_cast<std::vector<loaded_module> *>(context);
  loaded_module m{info->dlpi_addr, {}, info->dlpi_name, {}};
  if (m.path.empty() && all.empty())
    m.path = own_path(); // the program comes first
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &p = info->dlpi_phdr[i];
    if (p.p_type == PT_NOTE && m.id.empty())
      m.id = build_id(*info, p);
    const std::uintptr_t begin = info->dlpi_addr + p.p_vaddr;
    if (p.p_type == PT_LOAD)
      m.segments.emplace_back(begin, begin + p.p_memsz);
  }
  all.push_back(std::move(m));
  return 0;
}

/// Numbers modules, frames and stacks in the order in which they are asked for.
class stack_list {
public:
  stack_list() { dl_iterate_phdr(add_module, &loaded_); }

  /// The index of the site's stack, -1 if none was kept.
  int of(std::uint32_t site) {
    const site_view view = look_at(site);
    if (view.frames.empty())
      return -1;
    const auto [it, fresh] = known_.try_emplace(view.frames.data(), static_cast<int>(count_));
    if (fresh) {
      ++count_;
      json_list frames('[');
      for (void *const pc : view.frames)
        frames.item(number(frame(reinterpret_cast<std::uintptr_t>(pc))));
      json_list stack('{');
      stack.raw("frames", frames.done()).flag("partial", view.partial);
      stacks.item(stack.done());
    }
    return it->second;
  }

  json_list modules{'['}, frames{'['}, stacks{'['};

private:
  std::size_t frame(std::uintptr_t pc) {
    const auto [it, fresh] = frames_.try_emplace(pc, frames_.size());
    if (fresh) {
      json_list made('{');
      const auto m =
          std::ranges::find_if(loaded_, [pc](const loaded_module &l) { return l.has(pc); });
      if (m == loaded_.end()) {
        made.raw("offset", number(pc)); // of no file: generated, or unloaded since
      } else {
        const auto [used, first] = modules_.try_emplace(m - loaded_.begin(), modules_.size());
        if (first) {
          json_list text('{');
          modules.item(text.raw("path", json_string(m->path)).text("build_id", m->id).done());
        }
        made.raw("module", number(used->second)).raw("offset", number(pc - m->base));
      }
      frames.item(made.done());
    }
    return it->second;
  }

  std::vector<loaded_module> loaded_;
  std::map<const void *, int> known_;
  std::map<std::uintptr_t, std::size_t> frames_;
  std::map<std::ptrdiff_t, std::size_t> modules_; ///< by their place in loaded_
  std::size_t count_ = 0;
};

/// Without streams, which may not be ready when the library is loaded.
std::string read_whole(const char *path) {
  std::string text;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  char some[4096];
  for (ssize_t n; fd >= 0 && (n = ::read(fd, some, sizeof some)) > 0;)
    text.append(some, static_cast<std::size_t>(n));
  if (fd >= 0)
    ::close(fd);
  return text;
}

std::int64_t unix_ms() { return static_cast<std::int64_t>(read_ns(CLOCK_REALTIME) / 1000000); }

std::string process_object(moment when) {
  json_list command('[');
  const std::string words = read_whole("/proc/self/cmdline");
  for (std::size_t at = 0, end; (end = words.find('\0', at)) != std::string::npos; at = end + 1)
    command.item(json_string(std::string_view(words).substr(at, end - at)));
  json_list p('{');
  p.raw("id", number(static_cast<std::uint64_t>(::getpid())))
      .raw("parent", number(static_cast<std::uint64_t>(::getppid())))
      .list("command", command)
      .raw("end", when == moment::exit ? "\"exited\"" : "\"running\"")
      .raw("status", "-1") // nobody knows it here
      .raw("level", std::to_string(ledger::level()))
      .raw("started", std::to_string(started().unix_ms))
      .raw("ended", std::to_string(unix_ms()))
      .count("lost", lost_misuses());
  return p.done();
}

std::string leak_object(const open_group &g, stack_list &stacks, const series_map &grown) {
  const endings ended = endings_of(g.site);
  const site_view site = look_at(g.site);
  json_list ids('['), known_names('['), samples('[');
  for (const std::uint64_t id : g.ids)
    ids.item(number(id));
  if (!g.name.empty())
    known_names.item(json_list('{').text("text", g.name).raw("count", "1").done());
  if (const auto s = grown.find(g.site); s != grown.end())
    for (const auto &[at, n] : s->second)
      samples.item(json_list('[').item(number(at)).item(number(n)).done());
  json_list leak('{');
  leak.raw("process", "0")
      .raw("kind", "\"object\"")
      .text("type", g.type)
      .text("owner", g.owner)
      .text("site", ledger::site_text(g.site))
      .text("test", test_name(site.test));
  if (const int stack = stacks.of(g.site); stack >= 0)
    leak.raw("opened", std::to_string(stack));
  leak.raw("count", number(g.count)).list("values", ids).list("names", known_names);
  if (g.oldest)
    leak.raw("oldest_ms", std::to_string(g.oldest->count()))
        .raw("newest_ms", std::to_string(g.newest->count()));
  leak.count("first_seen_ms", site.first_seen)
      .flag("cycle", g.cycle)
      .text("touch", ledger::site_text(g.touch))
      .flag("closes", g.closes)
      .text("closing", ledger::site_text(g.closing))
      .count("completed", ended[0])
      .count("failed", ended[1])
      .count("cancelled", ended[2])
      .list("samples", samples);
  return leak.done();
}

std::string misuse_object(const kept_misuse &m, stack_list &stacks) {
  json_list steps('[');
  for (const misuse_step &s : steps_of(m.first)) {
    json_list step('{');
    step.raw("role", json_string(s.role));
    if (const int stack = stacks.of(s.site); stack >= 0)
      step.raw("stack", std::to_string(stack));
    step.text("site", ledger::site_text(s.site));
    if (s.site == m.first.here)
      step.count("thread", m.first.thread).count("at_ms", m.first.time / 1000000);
    steps.item(step.done());
  }
  json_list misuse('{');
  misuse.raw("process", "0")
      .text("rule", rule_of(m.first))
      .raw("kind", "\"object\"")
      .text("type", m.first.type ? m.first.type->name : std::string_view())
      .text("test", test_name(look_at(m.first.here).test))
      .text("detail", m.text)
      .count("value", m.first.id)
      .raw("count", number(m.count))
      .list("steps", steps);
  return misuse.done();
}

const char *name_of(const ledger::event &e) {
  using kind = ledger::event_kind;
  switch (e.kind) {
  case kind::opened:
    return "opened";
  case kind::closed:
    return "closed";
  case kind::taken:
    return "taken";
  case kind::retained:
    return "retained";
  case kind::released:
    return "released";
  default:
    return rule_of(e);
  }
}

std::string event_object(const ledger::event &e, stack_list &stacks) {
  constexpr const char *exits[] = {"completed", "failed", "cancelled"};
  const bool ends = e.kind != ledger::event_kind::opened;
  json_list event('{');
  event.raw("process", "0")
      .raw("at_ns", number(e.time))
      .text("what", name_of(e))
      .raw("kind", "\"object\"")
      .raw("value", number(e.id))
      .raw("thread", number(e.thread));
  if (const int stack = stacks.of(ends && e.at ? e.at : e.opened); stack >= 0)
    event.raw("stack", std::to_string(stack));
  if (e.kind == ledger::event_kind::closed && e.exit < std::size(exits))
    event.text("exit", exits[e.exit]);
  return event.done();
}

} // namespace

std::string document(names n, moment when) {
  stack_list stacks;
  const series_map grown = growth_samples();
  json_list leaks('['), misuses('['), history('[');
  for (const open_group &g : open_groups(n))
    leaks.item(leak_object(g, stacks, grown));
  for (const kept_misuse &m : kept_misuses())
    misuses.item(misuse_object(m, stacks));
  for (const ledger::event &e : ledger::history())
    history.item(event_object(e, stacks));
  json_list doc('{');
  doc.raw("format", "\"handrail-ledger\"")
      .raw("version", "1")
      .list("processes", json_list('[').item(process_object(when)))
      .list("modules", stacks.modules)
      .list("frames", stacks.frames)
      .list("stacks", stacks.stacks)
      .list("leaks", leaks)
      .list("misuses", misuses)
      .list("history", history);
  return doc.done() + '\n';
}

std::string path_for_this_process(std::string_view path) {
  std::string made;
  for (std::size_t i = 0; i < path.size(); ++i)
    if (path.substr(i, 2) == "%p") {
      made += std::to_string(::getpid());
      ++i;
    } else {
      made += path[i];
    }
  return made;
}

bool write_file(const std::string &path, std::string_view text) noexcept {
  try {
    // Of this process alone: another one may write the same file.
    const std::string beside = path + "." + std::to_string(::getpid()) + ".new";
    const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
      return false;
    const bool whole = write_all(fd, text);
    if (::close(fd) == 0 && whole && ::rename(beside.c_str(), path.c_str()) == 0)
      return true;
    ::unlink(beside.c_str());
    return false;
  } catch (const std::bad_alloc &) {
    return false;
  }
}

} // namespace detail

bool ledger::write_report(const char *path) {
  return detail::write_file(detail::path_for_this_process(path),
                            detail::document(detail::names::ask));
}

bool ledger::write_report(int descriptor) {
  return detail::write_all(descriptor, detail::document(detail::names::ask));
}

} // namespace handrail
