//===- Archive.h - values as bytes, and back ---------------------*- C++ -*-===//
//
// One description serves both directions: a function template names the members of
// a value in order, and an archive either writes or reads them.
//
//   template <class A, class T> void transfer(A &Ar, T &Place) {
//     Ar.text(Place.File);
//     Ar.number(Place.Line);
//   }
//
// A reader never fails in the middle. It turns bad for good, hands out zeros and
// empty lists from then on, and complete() tells at the end.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <type_traits>

namespace handrail {

class ArchiveWriter {
public:
  static constexpr bool Reading = false;
  std::string Bytes;

  /// Integers, enumerators and truth values; those near 0 take one byte.
  template <class T> void number(const T &Value) {
    auto Signed = static_cast<int64_t>(Value);
    auto V = (static_cast<uint64_t>(Signed) << 1) ^ static_cast<uint64_t>(Signed >> 63);
    for (; V >= 0x80; V >>= 7)
      Bytes += static_cast<char>(V | 0x80);
    Bytes += static_cast<char>(V);
  }
  void text(llvm::StringRef Text) {
    number(Text.size());
    Bytes += Text;
  }
  template <class C, class Fn> void list(const C &Items, Fn Each) {
    number(Items.size());
    for (const auto &Item : Items)
      Each(Item);
  }
};

class ArchiveReader {
public:
  static constexpr bool Reading = true;
  explicit ArchiveReader(llvm::StringRef In) : In(In) {}
  bool complete() const { return !Bad && In.empty(); }
  bool bad() const { return Bad; }
  void spoil() {
    Bad = true;
    In = {};
  }

  template <class T> void number(T &Value) {
    uint64_t V = 0;
    for (unsigned Shift = 0;; Shift += 7) {
      if (In.empty() || Shift > 63) {
        spoil();
        Value = T();
        return;
      }
      auto Byte = static_cast<uint8_t>(In.front());
      In = In.drop_front();
      V |= static_cast<uint64_t>(Byte & 0x7f) << Shift;
      if (Byte < 0x80)
        break;
    }
    Value = static_cast<T>(static_cast<int64_t>(V >> 1) ^ -static_cast<int64_t>(V & 1));
  }
  void text(std::string &Text) { Text = view().str(); }
  /// A text, as a part of what is read.
  llvm::StringRef view() {
    llvm::StringRef Text = In.take_front(count());
    In = In.drop_front(Text.size());
    return Text;
  }
  template <class C, class Fn> void list(C &Items, Fn Each) {
    Items.clear();
    for (size_t Left = count(); Left && !Bad; --Left)
      Each(Items.emplace_back());
  }

private:
  /// Of things that take a byte each or more.
  size_t count() {
    size_t N = 0;
    number(N);
    if (N > In.size()) {
      spoil();
      return 0;
    }
    return N;
  }

  llvm::StringRef In;
  bool Bad = false;
};

} // namespace handrail
