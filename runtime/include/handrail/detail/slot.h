//===- slot.h - one word that says who may touch an entry -------*- C++ -*-===//
//
// A slot's word holds the stamp of the handle that opens it, three flags and
// the number of pins:
//
//   63            32  31        30      29      28      0
//   stamp             exclusive orphan  watched pins
//
// The stamp is the part of a handle above its index: generation and table tag.
// Its lowest bit says whether the slot is live. A slot goes
//
//   free (even) -> live (odd) -> closed (even, still pinned) -> free or retired
//
// and each step is one compare-and-swap of this word, so that exactly one of
// several racing closers wins, and the last of closer and users drains it. The
// transitions are pure functions: the model check of the tests explores all
// their interleavings.
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
inline constexpr word pins_mask = (word(1) << 29) - 1;
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
constexpr bool can_pin(word w) { return !(w & exclusive) && pins(w) != pins_mask; }
/// Closed; \p own_pin keeps the object for the closer.
constexpr word closed(word w, bool own_pin) {
  return (w | exclusive) + generation + (own_pin ? pin : 0);
}
/// Nobody can come any more, and nobody is there: this thread owns the slot.
constexpr bool drained(word w) { return pins(w) == 0 && !live(w); }
/// Drained, and given back.
constexpr word freed(word w) { return w & ~(generation - 1); }
/// The word of a free slot that becomes live.
constexpr word opened(word w) { return freed(w) + generation; }
} // namespace slot_word

/// Invariant: `object` and `type` are set while the word is live or pinned. A
/// free slot belongs to the list it is in, and `next` links it there.
struct slot {
  std::atomic<std::uint64_t> word{0};
  std::atomic<void *> object{nullptr};
  std::atomic<const resource_type *> type{nullptr};
  std::uint32_t index = 0;
  std::uint32_t next = 0;
};

/// Where a slot's current or last object was opened and closed.
struct slot_sites {
  std::atomic<std::uint32_t> opened{0};
  std::atomic<std::uint32_t> closed{0};
};

} // namespace handrail::detail

#endif
