//===- SummaryFile.h - what a program's functions do, in a file --*- C++ -*-===//
//
// Summaries of a whole program, for runs that see a part of it. Such a run takes from
// the file what it needs of functions that it only declares. A record stands for
// itself: it says of what it names who that is.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/ProgramIndex.h"
#include "lib/Solver/Summary.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace handrail::solver {

/// Summaries in terms of a program that is about to be solved. Invariant: symbols and
/// names of members are numbers of `Names`, in which no function has a body; so are
/// places of events, and kinds are those of the models it was made with.
struct ToldSummaries {
  ir::Unit Names;
  std::vector<std::pair<ir::SymbolId, Summary>> Functions;
  std::vector<ir::StringId> Members; ///< names of members in them
  std::string Digest;                ///< of all the above
};

/// Immutable once read, and safe to share between threads.
class SummaryFile {
public:
  /// An error names the file and says whether it cannot be read, is something else, of
  /// another version, or damaged.
  static llvm::Expected<std::shared_ptr<const SummaryFile>> read(llvm::StringRef Path);

  /// The bytes of a file. A program is its models, and what writeSummaries() gave.
  static std::string
  bytes(llvm::ArrayRef<std::pair<const model::ModelSet *, std::string>> Programs);

  /// An error when nothing in the file was made with \p Models, the user's and the
  /// shipped ones: the same function would do other things.
  llvm::Error expectModels(const model::ModelSet &Models) const;

  /// What the file says of functions that \p P declares and does not define. \p Given are
  /// the models that expectModels() was asked about, \p Models those and the ones that the
  /// headers of \p P declare. A summary that names a kind which is not there is left out.
  std::unique_ptr<ToldSummaries> load(const Program &P, const model::ModelSet &Given,
                                      const model::ModelSet &Models) const;

  /// Equal digests mean equal files.
  llvm::StringRef digest() const { return Digest; }

private:
  std::string Path, Bytes, Digest;
  /// By digest of the models: records by identity, as parts of Bytes.
  llvm::StringMap<llvm::StringMap<llvm::StringRef>> Programs;
};

/// Summaries by symbol of the program that was made with \p Told; sorted.
std::vector<std::pair<ProgSym, Summary>> bindSummaries(const ToldSummaries &Told,
                                                       const ProgramIndex &Index);

/// One part of SummaryFile::bytes(): the functions that another file may call, in order
/// of identity. \p Get gives a summary.
std::string writeSummaries(const ProgramIndex &Index, const model::ModelSet &Models,
                           llvm::function_ref<const Summary &(ProgSym)> Get);

} // namespace handrail::solver
