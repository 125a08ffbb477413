// The C interface: the same table, with types that are made at run time.
#include "handrail/handle_table.h"
#include "handrail/handrail.h"
#include "locks.h"
#include "report.h"
#include "sites.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

struct hr_table {
  handrail::detail::erased_table table;
};

namespace handrail {

namespace {

/// The object of an entry: whatever pointer the caller gave.
struct foreign {
  void *object;
};

struct foreign_type {
  resource_type type;
  std::string name;
  void (*close)(void *, int, void *);
  void (*destroy)(void *, void *);
  void *context;
  std::uint32_t number;
};

/// All types by number, from 1. They live for ever: hooks may run until the very end.
/// Pages never move, so that looking up takes no lock.
class type_list {
public:
  const foreign_type *find(std::uint32_t number) const noexcept {
    const std::uint32_t i = number - 1; // 0 is no page's
    if (i / page_size >= std::size(pages_))
      return nullptr;
    const page *p = pages_[i / page_size].load(std::memory_order_acquire);
    return p ? p->types[i % page_size].load(std::memory_order_acquire) : nullptr;
  }
  /// 0 if there are too many.
  std::uint32_t add(std::unique_ptr<foreign_type> type) {
    std::lock_guard lock(mutex_);
    if (count_ / page_size >= std::size(pages_))
      return 0;
    std::atomic<page *> &place = pages_[count_ / page_size];
    if (!place.load(std::memory_order_relaxed))
      place.store(new page, std::memory_order_release);
    type->number = count_ + 1;
    place.load(std::memory_order_relaxed)
        ->types[count_ % page_size]
        .store(type.release(), std::memory_order_release);
    return ++count_;
  }
  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

private:
  static constexpr std::uint32_t page_size = 256;
  struct page {
    std::atomic<const foreign_type *> types[page_size] = {};
  };
  std::atomic<page *> pages_[256] = {};
  std::mutex mutex_;
  std::uint32_t count_ = 0;
};
constinit type_list known;

const resource_type *type_number(std::uint32_t number) noexcept {
  const foreign_type *f = known.find(number);
  return f ? &f->type : nullptr;
}

const foreign_type &behind(const resource_type &type) noexcept {
  return *static_cast<const foreign_type *>(type.context);
}

constinit thread_local hr_error last_error = {sizeof(hr_error), 0, 0, {}};

void copy_text(char *to, std::size_t size, const std::string &text) noexcept {
  const std::size_t n = std::min(size - 1, text.size());
  std::memcpy(to, text.data(), n);
  to[n] = '\0';
}

int fail(const error &e) noexcept {
  last_error.code = -static_cast<int>(e.code);
  last_error.handle = e.id;
  try {
    copy_text(last_error.message, sizeof last_error.message, e.message());
  } catch (...) {
    last_error.message[0] = '\0';
  }
  return last_error.code;
}

/// Runs \p f, which returns a code; no exception gets out.
template <class F> int guard_call(F &&f) noexcept {
  try {
    return f();
  } catch (const std::bad_alloc &) {
    return fail({.code = errc::out_of_memory});
  } catch (const failure &e) {
    return fail(e.error());
  } catch (...) {
    return fail({.code = errc::release_failed});
  }
}

std::uint32_t site_at(const char *file, int line, const char *function) noexcept {
  if (!file)
    return detail::site_without_place();
  if (ledger::level() == 0)
    return 0;
  return detail::intern_site(file, function ? function : "", static_cast<unsigned>(line));
}

exit_case case_of(int how) {
  return how == HR_FAILED      ? exit_case(failed{})
         : how == HR_CANCELLED ? exit_case(cancelled{})
                               : exit_case(completed{});
}

/// Raw handles that were noted, by kind and number.
struct noted_handle {
  std::uint64_t token = 0; ///< of the ledger
  std::uint64_t owner = 0;
};
struct notes {
  std::mutex mutex;
  std::map<std::pair<int, std::intptr_t>, noted_handle> open;
};

notes &noted() {
  static notes *const n = new notes;
  return *n;
}

int wrong_owner(std::intptr_t raw) noexcept {
  const auto id = static_cast<std::uint64_t>(raw);
  detail::note(ledger::event_kind::wrong_owner, nullptr, id);
  return fail({.code = errc::wrong_owner, .id = id});
}

} // namespace

namespace detail {
void lock_notes() noexcept {
  noted().mutex.lock();
  known.lock();
}
void unlock_notes() noexcept {
  known.unlock();
  noted().mutex.unlock();
}
} // namespace detail
} // namespace handrail

using namespace handrail;

int hr_type_register(const hr_type *type, uint32_t *out_type) {
  if (!type || !out_type || type->size < sizeof(hr_type) || type->abi != 0 || !type->name)
    return fail({.code = errc::invalid_argument});
  return guard_call([&] {
    auto made = std::make_unique<foreign_type>();
    foreign_type &f = *made;
    f.name = type->name;
    f.close = type->close;
    f.destroy = type->destroy;
    f.context = type->context;
    f.type = {f.name,
              sizeof(foreign),
              alignof(foreign),
              [](const resource_type &t, void *p) noexcept {
                if (behind(t).destroy && static_cast<foreign *>(p)->object)
                  behind(t).destroy(static_cast<foreign *>(p)->object, behind(t).context);
              },
              nullptr,
              nullptr,
              nullptr,
              0,
              &f};
    if (f.close)
      f.type.close = [](const resource_type &t, void *p, const exit_case &how) -> result<void> {
        behind(t).close(static_cast<foreign *>(p)->object, how.kind(), behind(t).context);
        return {};
      };
    *out_type = known.add(std::move(made));
    return *out_type ? HR_OK : fail({.code = errc::ids_exhausted});
  });
}

int hr_table_create(const hr_table_options *options, hr_table **out) {
  if (!out || (options && (options->size < sizeof(hr_table_options) || options->layout > 3)))
    return fail({.code = errc::invalid_argument});
  return guard_call([&] {
    table_options o;
    if (options) {
      o.name = options->name ? options->name : "";
      o.layout = static_cast<id_layout>(options->layout);
      if (options->capacity)
        o.capacity = options->capacity;
    }
    *out = new hr_table{detail::erased_table(o)};
    return HR_OK;
  });
}

int hr_table_destroy(hr_table *table, int policy) {
  if (policy < HR_CLOSE_ALL || policy > HR_REFUSE)
    return fail({.code = errc::invalid_argument});
  if (!table)
    return HR_OK;
  return guard_call([&] {
    if (policy == HR_REFUSE && table->table.core().size() != 0)
      return fail({.code = errc::busy});
    if (policy == HR_CANCEL_ALL)
      table->table.close_all(cancelled{});
    delete table;
    return HR_OK + 0;
  });
}

int hr_insert_at(hr_table *table, uint32_t type, void *object, hr_handle *out, const char *file,
                 int line, const char *function) {
  const resource_type *t = type_number(type);
  if (!table || !t || !out || !object)
    return fail({.code = errc::invalid_argument, .want = t});
  return guard_call([&]() -> int {
    detail::header *h = detail::allocate_block(*t);
    if (!h)
      return fail({.code = errc::out_of_memory, .want = t});
    ::new (h->object()) foreign{object};
    const auto id = table->table.insert(h, false, site_at(file, line, function));
    if (!id) {
      detail::free_block(h); // the object stays the caller's
      return fail(id.error());
    }
    *out = *id;
    return HR_OK;
  });
}

int hr_insert(hr_table *table, uint32_t type, void *object, hr_handle *out) {
  return hr_insert_at(table, type, object, out, nullptr, 0, nullptr);
}

int hr_acquire(hr_table *table, hr_handle handle, uint32_t type, void **object, hr_pin *pin) {
  const resource_type *t = type_number(type);
  if (!table || !t || !object || !pin)
    return fail({.code = errc::invalid_argument, .want = t});
  detail::table_core &core = table->table.core();
  detail::slot *s = core.try_pin(handle);
  if (!s || s->type.load(std::memory_order_relaxed) != t) {
    if (s)
      core.unpin(s);
    return fail(table->table.explain(handle, t));
  }
  *object = static_cast<foreign *>(detail::block_of(s)->object())->object;
  pin->words[0] = &core;
  pin->words[1] = s;
  return HR_OK;
}

void hr_release(hr_pin *pin) {
  if (!pin || !pin->words[1])
    return;
  auto *core = static_cast<detail::table_core *>(pin->words[0]);
  core->unpin(static_cast<detail::slot *>(std::exchange(pin->words[1], nullptr)));
}

int hr_close(hr_table *table, hr_handle handle, int how) {
  return hr_close_at(table, handle, how, nullptr, 0, nullptr);
}

int hr_close_at(hr_table *table, hr_handle handle, int how, const char *file, int line,
                const char *function) {
  if (!table || how < 0 || how > HR_CANCELLED)
    return fail({.code = errc::invalid_argument, .id = handle});
  return guard_call([&] {
    const auto closed =
        table->table.close(handle, nullptr, case_of(how), site_at(file, line, function));
    return closed ? HR_OK : fail(closed.error());
  });
}

int hr_take(hr_table *table, hr_handle handle, uint32_t type, void **object) {
  const resource_type *t = type_number(type);
  if (!table || !t || !object)
    return fail({.code = errc::invalid_argument, .id = handle, .want = t});
  return guard_call([&] {
    const auto taken = table->table.take_unique(handle, t, 0);
    if (!taken)
      return fail(taken.error());
    *object = std::exchange(static_cast<foreign *>((*taken)->object())->object, nullptr);
    detail::release(*taken);
    return HR_OK + 0;
  });
}

int hr_dup(hr_table *table, hr_handle handle, hr_handle *out) {
  if (!table || !out)
    return fail({.code = errc::invalid_argument, .id = handle});
  return guard_call([&] {
    const auto made = table->table.dup(handle, detail::site_without_place());
    if (!made)
      return fail(made.error());
    *out = *made;
    return HR_OK + 0;
  });
}

int hr_get_info(hr_table *table, hr_handle handle, hr_info *out) {
  if (!table || !out || out->size < sizeof(hr_info))
    return fail({.code = errc::invalid_argument, .id = handle});
  return guard_call([&] {
    detail::table_core &core = table->table.core();
    detail::slot *s = core.try_pin(handle);
    if (!s)
      return fail(table->table.explain(handle, nullptr));
    const resource_type *t = s->type.load(std::memory_order_relaxed);
    const std::uint32_t site = s->sites.opened.load(std::memory_order_relaxed);
    core.unpin(s);
    copy_text(out->opened, sizeof out->opened, ledger::site_text(site));
    out->type = behind(*t).number;
    return HR_OK + 0;
  });
}

size_t hr_size(hr_table *table) { return table ? table->table.core().size() : 0; }

extern "C" HANDRAIL_API int hr_note_open(int kind, intptr_t raw, const char *what) {
  if (ledger::level() == 0)
    return HR_OK;
  return guard_call([&] {
    const std::uint32_t site = detail::site_without_place();
    std::lock_guard lock(noted().mutex);
    const resource_type &type = detail::named_type(what ? what : "raw handle");
    noted_handle &h = noted().open[{kind, raw}];
    // Opened again without a close that was noted: the older one is gone.
    if (h.token)
      detail::ledger_close(h.token, 0, 0);
    h = {detail::ledger_open(type, site), 0};
    return HR_OK;
  });
}

extern "C" HANDRAIL_API int hr_note_close(int kind, intptr_t raw) {
  if (ledger::level() == 0)
    return HR_OK;
  return guard_call([&] {
    std::unique_lock lock(noted().mutex);
    auto it = noted().open.find({kind, raw});
    if (it == noted().open.end()) {
      lock.unlock();
      ledger::event stale{ledger::event_kind::stale_use, 0, nullptr,
                          static_cast<std::uint64_t>(raw)};
      stale.closing = true;
      detail::note(stale);
      return fail({.code = errc::invalid_handle, .id = static_cast<std::uint64_t>(raw)});
    }
    if (it->second.owner) {
      lock.unlock();
      return wrong_owner(raw);
    }
    detail::ledger_close(it->second.token, 0, 0);
    noted().open.erase(it);
    return HR_OK + 0;
  });
}

extern "C" HANDRAIL_API int hr_touch(int kind, intptr_t raw, const char *hint) {
  if (ledger::level() == 0)
    return HR_OK;
  return guard_call([&] {
    const std::uint32_t site = detail::intern_site(hint ? hint : "?", "", 0);
    std::unique_lock lock(noted().mutex);
    auto it = noted().open.find({kind, raw});
    if (it != noted().open.end()) {
      detail::ledger_touch(it->second.token, site);
      return HR_OK + 0;
    }
    lock.unlock();
    ledger::event stale{ledger::event_kind::stale_use, 0, nullptr, static_cast<std::uint64_t>(raw)};
    stale.here = site;
    detail::note(stale);
    return fail({.code = errc::invalid_handle, .id = static_cast<std::uint64_t>(raw)});
  });
}

extern "C" HANDRAIL_API uint64_t hr_owner_exchange(int kind, intptr_t raw, uint64_t expect,
                                                   uint64_t tag) {
  if (ledger::level() == 0)
    return expect;
  std::unique_lock lock(noted().mutex);
  auto it = noted().open.find({kind, raw});
  if (it == noted().open.end()) {
    lock.unlock();
    (void)fail({.code = errc::invalid_handle, .id = static_cast<std::uint64_t>(raw)});
    return HR_NO_HANDLE;
  }
  const std::uint64_t before = it->second.owner;
  if (before == expect)
    it->second.owner = tag;
  lock.unlock();
  if (before != expect)
    (void)wrong_owner(raw);
  return before;
}

int hr_report(int descriptor, int format, uint32_t flags) {
  if (format < HR_TEXT || format > HR_DOCUMENT)
    return fail({.code = errc::invalid_argument});
  return guard_call([&] {
    if (format == HR_DOCUMENT)
      return ledger::write_report(descriptor) ? static_cast<int>(ledger::live_count())
                                              : fail({.code = errc::invalid_argument});
    const std::size_t open =
        format == HR_TEXT ? ledger::report(descriptor) : ledger::report_json(descriptor);
    if (open == 0 && format == HR_TEXT && (flags & HR_REPORT_ALWAYS))
      detail::write_all(descriptor, "handrail: no handles open\n");
    return static_cast<int>(open);
  });
}

int hr_leak_check(void) {
  return guard_call([] { return static_cast<int>(ledger::live_count()); });
}

const char *hr_strerror(int code) { return to_string(static_cast<errc>(-code)); }

const hr_error *hr_last_error(void) { return &last_error; }
