// Compiled twice into one program, with HANDRAIL=0 and HANDRAIL=1: tables, references
// and results pass between the two.
#include <handrail/guard.h>
#include <handrail/handle_table.h>

#if HANDRAIL
#define OURS tracked_part
#define THEIRS untracked_part
#else
#define OURS untracked_part
#define THEIRS tracked_part
#endif

struct shared_type {
  int value = 0;
  void close() { value = -1; }
};

/// What one side makes and the other uses; no type that differs between them.
struct exchange {
  handrail::arc<shared_type> object;
  handrail::ref<shared_type> use;
  handrail::typed_handle<shared_type> handle;
};
exchange OURS();
exchange THEIRS();

static handrail::table table({.name = "mixed"});

exchange OURS() {
  static bool once = false;
  int runs = 0;
  {
    handrail::guard g([&] { ++runs; });
  }
  auto h = *table.insert(shared_type{runs + 41});
  auto use = *table.get(h);
  auto object = use.share();
  if (!once) {
    once = true;
    exchange other = THEIRS();
    if (other.object->value != 42 || other.use->value != 42 || table.get(other.handle))
      return {};
  }
  return {std::move(object), std::move(use), h};
}

#if HANDRAIL
int main() {
  exchange a = tracked_part(), b = untracked_part();
  if (!a.object || !b.object || a.object->value != 42 || b.use->value != 42)
    return 1;
  // One side is tracked and the other is not.
  bool tracked = false;
  for (const handrail::ledger::leak &l : handrail::ledger::live())
    tracked |= l.site.find("mixed.cpp") != std::string::npos;
  return tracked ? 0 : 2;
}
#endif
