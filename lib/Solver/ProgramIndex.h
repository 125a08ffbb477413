//===- ProgramIndex.h - names and bodies across units ------------*- C++ -*-===//
#pragma once

#include "lib/Solver/Solver.h"
#include "llvm/ADT/StringMap.h"

namespace handrail::solver {

using ProgSym = uint32_t; ///< a function or variable of the whole program

/// Resolves what units call by number to what the program has one of. Built once,
/// then read by many threads.
struct ProgramIndex {
  struct SymbolInfo {
    std::string Identity;        ///< of all symbols it alone has it; from run to run the same
    const ir::Unit *U = nullptr; ///< a unit that names it; the defining one when there is one
    const ir::Symbol *Sym = nullptr;
    const ir::Function *Body = nullptr;
    llvm::ArrayRef<uint32_t> Models; ///< indexes into ModelSet::Functions, best first
    bool CLibrary = false;           ///< declared by a C library header
    bool ModelWins = false;          ///< a model that stands before the body
    bool AddressTaken = false;
    /// What a library's function is to files outside of it (Libraries.h): it has no body,
    /// and is not the symbol that has.
    bool Foreign = false;
    /// There is no body, but a summary that another run made of one.
    bool Told = false;

    /// A summary says what a call does.
    bool isSummarized() const { return (Body && !ModelWins) || Told; }
    /// Defined in \p Unit.
    bool isOf(const ir::Unit &Unit) const { return Body && U == &Unit; }
  };
  struct UnitInfo {
    const ir::Unit *U = nullptr;
    std::vector<ProgSym> Symbols;  ///< by ir::SymbolId
    std::vector<uint32_t> Strings; ///< by ir::StringId: program name, 0 when never a field
  };
  std::vector<SymbolInfo> Symbols;
  std::vector<UnitInfo> Units;
  std::vector<std::string> Names{""};
  std::string ToldDigest; ///< of what another run told
  /// By program name: first members from whose address the program casts to the
  /// structure around them.
  std::vector<char> LeadingMember;

  ProgramIndex(const Program &P, const model::ModelSet &Models);
  const UnitInfo &unit(const ir::Unit *U) const;
  /// The functions and variables that the initialisers of constant tables lead to from
  /// \p Table, beginning with itself, each once.
  std::vector<ProgSym> reachableFrom(ProgSym Table) const;
  llvm::StringRef symbolName(ProgSym S) const { return Symbols[S].U->name(*Symbols[S].Sym); }

private:
  std::vector<std::pair<const ir::Unit *, uint32_t>> ByUnit;
};

} // namespace handrail::solver
