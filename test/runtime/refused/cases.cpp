// What must not compile: each case of this file, by its number. Before the case stand
// its name and the words that the compiler has to say. Without a number all is well.
#include <handrail/runtime.h>

using namespace handrail;

struct first {
  int value = 0;
};
struct second {
  int value = 0;
};
struct nothing {};
inline void finish(first *) {}

HANDRAIL_RESOURCE(first, shared_first);

void refused(table &t, typed_handle<first> h, ns &n, scope &s) {
  (void)t.get(h), (void)s; // what compiles
  (void)manage(new first, finish);
  guard named([] {});
  (void)shared_first.get(n).value;
#if CASE == 1 // A1_AResourceWithoutStateIsRefused: nothing to share
  constinit static resource_def<nothing> def([] { return nothing(); });
  (void)def;
#elif CASE == 2  // A3_GetDoesNotChangeWhatIsShared: const|read-only
  shared_first.get(n).value = 1;
#elif CASE == 3  // A2_ANamespaceIsNotCopied: deleted
  ns copy = n;
#elif CASE == 4  // D1_ANumberIsNoHandle: no matching|no viable|cannot convert
  (void)t.get<first>(std::uint64_t(5));
#elif CASE == 5  // D6_TypedHandlesKeepTheirTypes: no viable conversion|conversion from
  typed_handle<second> other = h;
  (void)other;
#elif CASE == 6  // D6_AResultIsLookedAt: nodiscard
  t.get(h);
#elif CASE == 7  // D10_AReferenceIsNotCopied: deleted
  ref<first> a = *t.get(h), b = a;
#elif CASE == 8  // D12_ReplaceKeepsTheType: no matching|no viable|could not convert
  (void)t.replace(h, second());
#elif CASE == 9  // E2_AFinalizerTakesTheResource: a finalizer takes the resource
  (void)manage(new first, [] {});
#elif CASE == 10 // E11_NumbersAreNotManaged: numbers are not resources
  (void)manage(5, [](int &) {});
#elif CASE == 11 // E5_TakeMayNotLoseTheResource: could be lost on the way
  struct throws {
    throws() = default;
    throws(throws &&) noexcept(false) {}
  };
  (void)manage(throws(), [](throws &) {})->take();
#elif CASE == 12 // G3_AnUnnamedGuardDiesAtOnce: nodiscard
  guard([] {});
#elif CASE == 13 // G3_WhatDisarmGivesBackMayBeDropped
  guard g([] {});
  g.disarm();
#elif CASE == 14 // G2_AGuardsFunctionTakesNothing: invocable
  guard g([](int) {});
#elif CASE == 15 // G4_GuardsAreNotAssigned: deleted
  on_failure a([] {});
  a = on_failure(std::move(a));
#elif CASE == 16 // G6_AnOwnerIsNotCopied: deleted
  unique_fd a, b = a;
#elif CASE == 17 // K1_AnAcquireMakesAValue: acquire makes a value|void
  s.install([] {}, [] {});
#elif CASE == 18 // K12_AnAllocationIsLookedAt: nodiscard
  make_resource([] { return 1; }, [](int &) {}).allocate();
#elif CASE == 19 // K14_ATaskIsAwaited: nodiscard
  uncancellable(task<int>(nullptr));
#elif CASE == 20 // A4_AConstOwnerIsNoWayToChange: const|read-only
  arc<const first> a = make_arc<first>();
  a.get_mut()->value = 1;
#elif CASE == 21 // A9_AnOwnerOfABaseIsNoOwnerOfTheDerived: no viable|conversion
  arc<first> a = arc<second>();
#elif CASE == 22 // A5_TheCurrentOneIsRead: const|read-only
  shared_first.current()->value = 1;
#endif
}

int main() {}
