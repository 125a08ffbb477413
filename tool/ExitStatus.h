//===- ExitStatus.h - what the tool's exit status means ----------*- C++ -*-===//
#pragma once

namespace handrail::tool {

/// The exit status of every subcommand. docs and `--help` name the same numbers.
enum ExitStatus : int {
  Clean = 0,    ///< nothing found
  Findings = 1, ///< there are findings (`models check`: the file is not valid)
  Failure = 2   ///< some file could not be analysed, or the tool could not do its
                ///< work; also when there are findings. `--keep-going` forgives files
};

} // namespace handrail::tool
