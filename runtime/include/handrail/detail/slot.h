//===- slot.h - one word that says who may touch an entry -------*- C++ -*-===//
//
// A slot's word holds the stamp of the handle that opens it, four flags and
// the number of pins:
//
//   63            32  31        30      29      28      27      0
//   stamp             exclusive orphan  watched claimed pins
//
// The stamp is the part of a handle above its index: generation and table tag.
// Its lowest bit says whether the slot is live. A slot goes
//
//   free (even) -> live (odd) -> closed (even, still pinned) -> free or retired
//
// and each step is one compare-and-swap of this word, so that exactly one of
// several racing closers wins. Users count themselves as pins, or announce
// themselves in the cells of their thread (uses.h). The last of closer and users
// claims the closed slot, and drains it. The transitions are pure functions: the
// model check of the tests explores all their interleavings.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_DETAIL_SLOT_H
#define HANDRAIL_DETAIL_SLOT_H

#include "../resource_type.h"

#include <atomic>

namespace handrail::detail {

namespace slot_word {
using word = std::uint64_t;

inline constexpr word pin = 1;
inline constexpr word pins_mask = (word(1) << 28) - 1;
inline constexpr word claimed = word(1) << 28;   ///< closed: a thread drains it
inline constexpr word watched = word(1) << 29;   ///< has a stop source
inline constexpr word orphan = word(1) << 30;    ///< its table is gone
inline constexpr word exclusive = word(1) << 31; ///< live: look-ups wait; dead: not free yet
inline constexpr word generation = word(1) << 32;

constexpr word stamp(word w) { return w >> 32; }
constexpr word pins(word w) { return w & pins_mask; }
constexpr bool live(word w) { return w & generation; }
constexpr bool opens(word w, word handle_stamp) {
  return stamp(w) == handle_stamp && (handle_stamp & 1);
}
/// The word of a slot that \p handle_stamp opens, without pins and flags.
constexpr word idle(word handle_stamp) { return handle_stamp << 32; }
constexpr bool can_pin(word w) { return !(w & exclusive) && pins(w) != pins_mask; }
/// Closed; \p own_pin keeps the object for the closer.
constexpr word closed(word w, bool own_pin) {
  return (w | exclusive) + generation + (own_pin ? pin : 0);
}
/// Closed and without pins: may be claimed if nobody announces a use.
constexpr bool can_claim(word w) {
  return !live(w) && (w & exclusive) && !(w & claimed) && pins(w) == 0;
}
/// Given back.
constexpr word freed(word w) { return w & ~(generation - 1); }
/// The word of a free slot that becomes live.
constexpr word opened(word w) { return freed(w) + generation; }
} // namespace slot_word

/// Where a slot's current or last object was opened, and its ending(). While it is
/// live, `closed` may be where it was seen last.
struct slot_sites {
  std::atomic<std::uint32_t> opened{0};
  std::atomic<std::uint32_t> closed{0};
};

/// Invariant: `object` and `type` are set while the word is live or the slot in use. Of a
/// free slot, `object` is memory that is kept for the next one, or null.
/// Two fill a line of the cache; which one it is, the table knows by its address.
struct alignas(32) slot {
  std::atomic<std::uint64_t> word{0};
  std::atomic<void *> object{nullptr};
  std::atomic<const resource_type *> type{nullptr};
  slot_sites sites;

  std::uintptr_t address() const noexcept { return reinterpret_cast<std::uintptr_t>(this); }
};
static_assert(sizeof(slot) == 32, "what a live handle costs");

} // namespace handrail::detail

#endif
