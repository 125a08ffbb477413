//===- Fingerprint.h - findings across edits ---------------------*- C++ -*-===//
//
// What tells a finding from others and stays when the code around it is edited: no
// line, no column, no message. Two runs on two versions of a program give the same
// mistake the same fingerprint, so that a baseline, a code review or a dashboard can
// say that it was there before.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Finding/Finding.h"
#include <tuple>

namespace handrail {

/// What a finding is about, whichever file it lies in: check, function, kind of handle and
/// the function that acquired it.
using Subject =
    std::tuple<const std::string &, const std::string &, const std::string &, const std::string &>;
Subject subjectOf(const Finding &F);

/// Sets the fingerprints of \p Findings, which are normalised: 32 hexadecimal digits of the
/// subject, the name of the file without its directory, and the number of the finding among
/// those in files of this name that are equal in all that. So they are unique.
///
/// The file's name is part of it since every program has a main(), and many files a static
/// init(); which files were looked at beside a file matters only when they share a name. To
/// be called before findings are silenced: a comment must not renumber the others.
/// O(n log n).
void setFingerprints(std::vector<Finding> &Findings);

} // namespace handrail
