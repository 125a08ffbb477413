//===- Relocation.h - the same names in every checkout -----------*- C++ -*-===//
//
// A cache that several checkouts share speaks of files below their roots by names
// that are the same in each: `/builds/a/src/x.c` and `/home/me/a/src/x.c` are both
// `/handrail.root.0/src/x.c` there. Names go in when something is put into the cache,
// and come out of what is reported.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace handrail {

class Relocation {
public:
  /// Changes nothing.
  Relocation() = default;
  /// \p Roots are absolute and clean; which is which is told by their order.
  explicit Relocation(llvm::ArrayRef<std::string> Roots);

  /// Of a path, or of text in which paths stand: a root is one when what is around it
  /// cannot be more of a longer path.
  std::string in(llvm::StringRef Text) const;
  /// Gives back what went in.
  std::string out(llvm::StringRef Text) const;
  /// A whole path: only its beginning counts.
  std::string pathIn(llvm::StringRef Path) const;
  /// An argument of a compiler: as text, and `-I/root` has one, too.
  std::string argumentIn(llvm::StringRef Argument) const;

  /// The roots of this checkout, longest first.
  std::vector<std::string> roots() const;

private:
  struct Root {
    std::string Here, Name;
  };
  std::vector<Root> Roots;
};

} // namespace handrail
