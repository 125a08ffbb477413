// Call frame information: what .eh_frame says of one address (DWARF 5, section 6.4; the
// System V ABI for x86-64; the Linux Standard Base for its encodings).
#include "unwind.h"

#include <cstring>

namespace handrail::detail {

#if defined(__x86_64__)

namespace {

/// Bounds-checked reading; anything wrong makes it bad for good, and zeros come out.
class reader {
public:
  reader(const std::uint8_t *at, const std::uint8_t *end) noexcept : at_(at), end_(end) {}
  bool bad() const noexcept { return bad_; }
  bool more() const noexcept { return !bad_ && at_ < end_; }
  const std::uint8_t *at() const noexcept { return at_; }
  template <class T> T fixed() noexcept {
    T value{};
    if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) {
      bad_ = true;
      return value;
    }
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::uint64_t uleb() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = fixed<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80))
        break;
    }
    return value;
  }
  std::int64_t sleb() noexcept {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t byte;
    do {
      byte = fixed<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80 && shift < 64);
    if (byte & 0x40 && shift < 64)
      value |= ~std::uint64_t(0) << shift;
    return static_cast<std::int64_t>(value);
  }
  void skip(std::uint64_t n) noexcept {
    if (n > static_cast<std::uint64_t>(end_ - at_))
      bad_ = true;
    else
      at_ += n;
  }
  void end_at(const std::uint8_t *end) noexcept {
    if (end <= end_)
      end_ = end;
  }
  /// What follows is an entry of this size. False for an end, and the 64-bit format.
  bool limit(std::uint32_t size) noexcept {
    if (bad_ || size == 0 || size == 0xffffffff || size > static_cast<std::size_t>(end_ - at_))
      return false;
    end_ = at_ + size;
    return true;
  }
  /// An address in one of the encodings that linkers use (LSB, "DWARF Extensions").
  std::uintptr_t address(std::uint8_t encoding) noexcept {
    const auto here = reinterpret_cast<std::uintptr_t>(at_);
    std::uintptr_t value = 0;
    switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
    case 0x0c:
      value = fixed<std::uint64_t>();
      break;
    case 0x03:
      value = fixed<std::uint32_t>();
      break;
    case 0x0b:
      value = static_cast<std::uintptr_t>(static_cast<std::intptr_t>(fixed<std::int32_t>()));
      break;
    default:
      bad_ = true;
    }
    if ((encoding & 0x70) == 0x10)
      value += here;
    else if (encoding & 0x70)
      bad_ = true;
    return value;
  }

private:
  const std::uint8_t *at_, *end_;
  bool bad_ = false;
};

constexpr int bp_register = 6, sp_register = 7, pc_register = 16;

/// One row of the table that the instructions describe.
struct row {
  int end_register = sp_register;
  std::int64_t end_offset = 8;
  bool end_is_stored = false; ///< the end is what lies at register + offset
  bool understood = true;
  bp_is bp = bp_is::same;
  std::int64_t bp_offset = 0;
  bool has_caller = true;
};

struct common { // a CIE
  std::uint64_t code_factor = 1;
  std::int64_t data_factor = 1;
  std::uint8_t encoding = 0;
  bool has_augmentation = false, is_signal = false;
};

/// An expression of one operation: a register and an offset, and perhaps a load.
bool read_expression(reader &in, int &reg, std::int64_t &offset, bool &loads) noexcept {
  const std::uint64_t size = in.uleb();
  reader e = in;
  in.skip(size);
  if (in.bad() || !size)
    return false;
  e.end_at(in.at());
  const auto operation = e.fixed<std::uint8_t>();
  if (operation < 0x70 || operation > 0x8f) // DW_OP_breg0 to breg31
    return false;
  reg = operation - 0x70;
  offset = e.sleb();
  loads = e.more() && e.fixed<std::uint8_t>() == 0x06; // DW_OP_deref
  return !e.more() && !e.bad();
}

/// Garbage may overflow.
constexpr std::int64_t times(std::uint64_t n, std::int64_t factor) noexcept {
  return static_cast<std::int64_t>(n * static_cast<std::uint64_t>(factor));
}

class program {
public:
  program(const common &c, std::uintptr_t begin, std::uintptr_t wanted) noexcept
      : common_(c), at_(begin), wanted_(wanted) {}
  row state;

  void run(reader in, bool initial) noexcept {
    while (in.more() && at_ <= wanted_ && state.understood)
      step(in, in.fixed<std::uint8_t>());
    if (in.bad())
      state.understood = false;
    if (initial)
      initial_ = state;
  }

private:
  void advance(std::uint64_t by) noexcept { at_ += by * common_.code_factor; }
  void stored(std::uint64_t reg, std::int64_t offset) noexcept {
    if (reg == bp_register) {
      state.bp = bp_is::at_end;
      state.bp_offset = offset;
    } else if (reg == pc_register && offset != -8) {
      state.understood = false;
    }
  }
  void restored(std::uint64_t reg) noexcept {
    if (reg == bp_register) {
      state.bp = initial_.bp;
      state.bp_offset = initial_.bp_offset;
    }
  }
  void step(reader &in, std::uint8_t op) noexcept {
    switch (op >> 6) {
    case 1: // advance_loc
      return advance(op & 0x3f);
    case 2: // offset
      return stored(op & 0x3f, times(in.uleb(), common_.data_factor));
    case 3: // restore
      return restored(op & 0x3f);
    }
    switch (op) {
    case 0x00: // nop
      return;
    case 0x01: // set_loc
      at_ = in.address(common_.encoding);
      return;
    case 0x02: // advance_loc1
      return advance(in.fixed<std::uint8_t>());
    case 0x03:
      return advance(in.fixed<std::uint16_t>());
    case 0x04:
      return advance(in.fixed<std::uint32_t>());
    case 0x05: { // offset_extended
      const std::uint64_t reg = in.uleb();
      return stored(reg, times(in.uleb(), common_.data_factor));
    }
    case 0x11: { // offset_extended_sf
      const std::uint64_t reg = in.uleb();
      return stored(reg, times(static_cast<std::uint64_t>(in.sleb()), common_.data_factor));
    }
    case 0x06: // restore_extended
      return restored(in.uleb());
    case 0x07: // undefined
      if (in.uleb() == pc_register)
        state.has_caller = false;
      return;
    case 0x08: // same_value
      if (in.uleb() == bp_register)
        state.bp = bp_is::same;
      return;
    case 0x09: { // register
      const std::uint64_t reg = in.uleb();
      in.uleb();
      if (reg == bp_register || reg == pc_register)
        state.understood = false;
      return;
    }
    case 0x0a: // remember_state
      if (depth_ == 8)
        state.understood = false;
      else
        saved_[depth_++] = state;
      return;
    case 0x0b: // restore_state
      if (depth_ == 0)
        state.understood = false;
      else
        state = saved_[--depth_];
      return;
    case 0x0c: // def_cfa
    case 0x12: // def_cfa_sf
      state.end_register = static_cast<int>(in.uleb());
      state.end_offset = op == 0x0c
                             ? static_cast<std::int64_t>(in.uleb())
                             : times(static_cast<std::uint64_t>(in.sleb()), common_.data_factor);
      state.end_is_stored = false;
      return;
    case 0x0d: // def_cfa_register
      state.end_register = static_cast<int>(in.uleb());
      return;
    case 0x0e: // def_cfa_offset
      state.end_offset = static_cast<std::int64_t>(in.uleb());
      return;
    case 0x13:
      state.end_offset = times(static_cast<std::uint64_t>(in.sleb()), common_.data_factor);
      return;
    case 0x0f: // def_cfa_expression
      if (!read_expression(in, state.end_register, state.end_offset, state.end_is_stored))
        state.end_register = -1; // a later instruction may define it in a simpler way
      return;
    case 0x10:   // expression
    case 0x16: { // val_expression
      const std::uint64_t reg = in.uleb();
      int base = 0;
      std::int64_t offset = 0;
      bool loads = false;
      const bool simple = read_expression(in, base, offset, loads);
      if (reg == bp_register) {
        state.bp = bp_is::at_bp;
        state.bp_offset = offset;
        state.understood = op == 0x10 && simple && !loads && base == bp_register;
      } else if (reg == pc_register) {
        state.understood = false;
      }
      return;
    }
    case 0x14:   // val_offset
    case 0x15: { // val_offset_sf
      const std::uint64_t reg = in.uleb();
      in.uleb();
      if (reg == bp_register || reg == pc_register)
        state.understood = false;
      return;
    }
    case 0x2e: // GNU_args_size
      in.uleb();
      return;
    default:
      state.understood = false;
    }
  }

  const common &common_;
  std::uintptr_t at_, wanted_;
  row initial_, saved_[8];
  int depth_ = 0;
};

bool read_common(reader in, common &out, reader &instructions) noexcept {
  if (!in.limit(in.fixed<std::uint32_t>()) || in.fixed<std::uint32_t>() != 0)
    return false;
  const auto version = in.fixed<std::uint8_t>();
  const char *augmentation = reinterpret_cast<const char *>(in.at());
  while (in.fixed<std::uint8_t>())
    ;
  if (in.bad()) // it has no end
    return false;
  out.code_factor = in.uleb();
  out.data_factor = in.sleb();
  if (version == 1)
    in.fixed<std::uint8_t>();
  else
    in.uleb();
  if (*augmentation == 'z') {
    out.has_augmentation = true;
    const std::uint64_t data = in.uleb();
    reader letters = in;
    in.skip(data);
    for (const char *c = augmentation + 1; *c; ++c)
      if (*c == 'R')
        out.encoding = letters.fixed<std::uint8_t>();
      else if (*c == 'P')
        letters.address(letters.fixed<std::uint8_t>() & 0x0f);
      else if (*c == 'L')
        letters.fixed<std::uint8_t>();
      else if (*c == 'S')
        out.is_signal = true;
      else
        return false;
  } else if (*augmentation) {
    return false;
  }
  instructions = in;
  return !in.bad();
}

/// Whether all of a part of the module is there.
bool has(const unwind_tables &t, const std::uint8_t *at, std::size_t size) noexcept {
  return at >= t.begin && at <= t.end && static_cast<std::size_t>(t.end - at) >= size;
}

/// A place some bytes away; null when that is not in the module.
const std::uint8_t *moved(const unwind_tables &t, const std::uint8_t *from,
                          std::int64_t by) noexcept {
  const bool inside = by < 0 ? -by <= from - t.begin : by <= t.end - from;
  return inside ? from + by : nullptr;
}

/// The entry (FDE) that may cover an address: by the sorted table of .eh_frame_hdr.
const std::uint8_t *find_entry(const unwind_tables &t, std::uintptr_t pc) noexcept {
  const std::uint8_t *const header = t.header;
  // Version 1, pointers to the frames and the count, and the one form of table that
  // linkers write: signed 32-bit offsets from the header.
  constexpr std::uint8_t form[] = {1, 0x1b, 0x03, 0x3b};
  if (!has(t, header, 12) || std::memcmp(header, form, sizeof form) != 0)
    return nullptr;
  std::uint32_t count;
  std::memcpy(&count, header + 8, sizeof count);
  struct pair {
    std::int32_t begin, entry;
  };
  if (!has(t, header + 12, count * sizeof(pair)))
    return nullptr;
  const auto pair_at = [header](std::size_t i) {
    pair p;
    std::memcpy(&p, header + 12 + i * sizeof p, sizeof p);
    return p;
  };
  const auto offset = static_cast<std::int64_t>(pc - reinterpret_cast<std::uintptr_t>(header));
  std::size_t low = 0, high = count;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (pair_at(middle).begin <= offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low ? moved(t, header, pair_at(low - 1).entry) : nullptr;
}

} // namespace

unwind_rule read_rule(const unwind_tables &tables, std::uintptr_t pc) noexcept {
  const std::uint8_t *entry = find_entry(tables, pc);
  if (!entry)
    return {};
  reader in(entry, tables.end);
  if (!in.limit(in.fixed<std::uint32_t>()))
    return {};
  const std::uint8_t *const back = in.at();
  const std::uint8_t *const start = moved(tables, back, -std::int64_t(in.fixed<std::uint32_t>()));
  common c;
  reader initial(nullptr, nullptr);
  if (!start || !read_common(reader(start, tables.end), c, initial))
    return {};
  const std::uintptr_t begin = in.address(c.encoding);
  const std::uintptr_t length = in.address(c.encoding & 0x0f);
  if (in.bad() || pc < begin || pc - begin >= length)
    return {};
  if (c.is_signal)
    return {.frame = frame_is::signal};
  if (c.has_augmentation)
    in.skip(in.uleb());
  program p(c, begin, pc);
  p.run(initial, true);
  p.run(in, false);
  const row &r = p.state;
  if (!r.has_caller)
    return {.frame = frame_is::first};
  const bool fits = r.bp_offset >= INT16_MIN && r.bp_offset <= INT16_MAX &&
                    r.end_offset >= INT32_MIN && r.end_offset <= INT32_MAX;
  if (!r.understood || !fits || (r.end_is_stored && r.end_register != bp_register))
    return {};
  unwind_rule result{.bp = r.bp,
                     .bp_offset = static_cast<std::int16_t>(r.bp_offset),
                     .offset = static_cast<std::int32_t>(r.end_offset)};
  if (r.end_is_stored)
    result.frame = frame_is::at_bp;
  else if (r.end_register == sp_register)
    result.frame = frame_is::sp_plus;
  else if (r.end_register == bp_register)
    result.frame = frame_is::bp_plus;
  return result;
}

#else

unwind_rule read_rule(const unwind_tables &, std::uintptr_t) noexcept { return {}; }

#endif

} // namespace handrail::detail
