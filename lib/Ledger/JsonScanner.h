//===- JsonScanner.h - JSON text, value by value -----------------*- C++ -*-===//
//
// Reports of long runs have millions of values, and a tree of them takes more time than
// everything that is done with them; so the reader asks for one after the other:
//
//   if (Scan.enter('['))
//     while (Scan.next(']'))
//       Scan.integer(Numbers.emplace_back());
//
// The first error stays, and from then on everything answers false.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace handrail::ledger {

class JsonScanner {
public:
  explicit JsonScanner(llvm::StringRef Text) : Text(Text) {}

  bool failed() const { return !Message.empty(); }
  /// "3:14: expected …"; empty when all went well.
  std::string error() const;
  /// Makes \p Text the error, at the value that is read next.
  void fail(const std::string &Text);

  /// Whether the next value begins with \p Open, `{` or `[`, which is then read.
  bool enter(char Open);
  /// Whether there is another member or element, up to which is read; reads \p Close when
  /// there is none.
  bool next(char Close);
  /// The name of a member and its colon.
  bool name(std::string &Out);
  /// Reads the next value if it is of the kind asked for; false without an error if it is
  /// of another. Bytes of texts that are not UTF-8 become U+FFFD.
  bool text(std::string &Out);
  bool boolean(bool &Out);
  bool integer(std::uint64_t &Out);
  bool integer(std::int64_t &Out);
  /// Any value, which may be nested as deeply as it likes.
  void skip();
  /// Nothing but blanks is left.
  bool atEnd();

private:
  char peek();
  bool consume(llvm::StringRef Word);
  void escape(std::string &Out);
  std::uint32_t codeUnit();
  llvm::StringRef digits();

  llvm::StringRef Text;
  size_t At = 0;
  bool First = false; ///< a bracket was read last, so that no comma is to come
  std::string Message;
};

} // namespace handrail::ledger
