//===- CfgReader.h - cppcheck's library files as plain structs ---*- C++ -*-===//
//
// The only part that knows XML, which libxml2 reads.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Infer/Cppcheck.h"

namespace handrail::infer {

/// `<alloc>`, `<realloc>`, `<dealloc>` or `<use>` of one function.
struct CfgRole {
  enum KindT : uint8_t { Alloc, Realloc, Dealloc, Use } Kind = Alloc;
  std::string Function;
  unsigned File = 0, Line = 0;
  int Argument = 0;    ///< from 1; 0: the result of an allocation
  int OldArgument = 1; ///< Realloc: where the old block comes in, from 1
  bool NoFail = false;
};

/// `<memory>` or `<resource>`: all that is said together of one sort of handle.
struct CfgGroup {
  bool Memory = false;
  bool Raw = false; ///< the size of the block is an argument, so it is bytes
  std::vector<CfgRole> Roles;
};

struct CfgFunction {
  unsigned File = 0, Line = 0;
  std::string Result; ///< the type as it is spelled; empty: nobody says
  int SameAs = 0;     ///< the argument that is the result, from 1; 0: none
  bool NoReturn = false, LeakIgnore = false, Pure = false;
  std::map<int, unsigned> NotNull; ///< line by argument, from 1
};

/// What a name of a type stands for.
enum class CfgType : uint8_t { Unknown, Integer, Pointer };

struct CfgLibrary {
  std::vector<CfgGroup> Groups;
  std::vector<std::pair<std::string, CfgFunction>> Functions; ///< in the order of the files
  std::map<std::string, CfgType> Types;
  std::vector<NotTaken> Left;
  std::map<std::string, unsigned> Foreign;
  unsigned Defaults = 0; ///< statements that hold anyway
};

CfgLibrary readCfg(llvm::ArrayRef<CfgFile> Files);

} // namespace handrail::infer
