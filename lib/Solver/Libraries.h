//===- Libraries.h - libraries whose sources are in the program --*- C++ -*-===//
//
// A program may hold the sources of a library that models describe. Its bodies say less
// than the models do: that the memory which `redisCommand` returns is a reply, to be
// freed with `freeReplyObject`, is in no line of them. So to files outside the library
// its functions are what the models say, and to its own files what they are.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/Solver.h"
#include <map>

namespace handrail::solver {

/// Built once, then only asked.
class Libraries {
public:
  Libraries(const Program &P, const model::ModelSet &Models);

  /// True when the program has the library that \p S is a function of, and \p U is no
  /// file of it.
  bool isForeign(const ir::Unit &U, const ir::Symbol &S) const;

private:
  template <class Fn> void forEachEffect(const ir::Unit &U, const ir::Symbol &S, Fn Each) const;

  const model::ModelSet &Models;
  /// By kind that the program has functions of to open and to close: the folders that
  /// they lie in.
  std::map<model::KindId, std::vector<std::string>> Folders;
};

} // namespace handrail::solver
