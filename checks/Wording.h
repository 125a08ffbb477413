//===- Wording.h - how messages speak of handles -----------------*- C++ -*-===//
//
// Messages name the variable and the calls as the user wrote them. The verbs
// come from the name of the function that releases the kind (`fclose` closes,
// `munmap` does not), so that a new resource kind needs no words of its own.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Model/ResourceModel.h"
#include "lib/Solver/Violation.h"

namespace handrail {

/// The words for handles of one kind.
struct KindWords {
  std::string Title;    ///< "file descriptor"; "handle" when the kind is unknown
  std::string Acquired; ///< "opened", "taken", "allocated", "acquired"
  std::string Released; ///< "closed", "unlocked", "freed", "released"
  std::string Release;  ///< "close", "unlock", "free", "release"
  std::string Releaser; ///< the usual function that releases it; may be empty
};

KindWords wordsFor(const model::ModelSet &Models, model::KindId Kind);

/// `'name'`.
std::string quoted(llvm::StringRef Name);

/// "file descriptor 'fd' opened by 'open'", with what is known of the two names.
std::string describeHandle(const KindWords &Words, const solver::Violation &V);

} // namespace handrail
