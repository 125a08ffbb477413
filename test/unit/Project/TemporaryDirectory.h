//===- TemporaryDirectory.h - files for the length of a test -----*- C++ -*-===//
#pragma once

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

namespace handrail {

class TemporaryDirectory {
public:
  TemporaryDirectory() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("handrail-test", Path));
  }
  ~TemporaryDirectory() { llvm::sys::fs::remove_directories(Path); }

  std::string path(llvm::StringRef Name) const {
    llvm::SmallString<128> Result = Path;
    llvm::sys::path::append(Result, Name);
    return std::string(Result);
  }

  /// Returns the absolute path; directories on the way are made.
  std::string write(llvm::StringRef Name, llvm::StringRef Text) const {
    std::string File = path(Name);
    EXPECT_FALSE(llvm::sys::fs::create_directories(llvm::sys::path::parent_path(File)));
    std::error_code Code;
    llvm::raw_fd_ostream(File, Code) << Text;
    EXPECT_FALSE(Code);
    return File;
  }

  llvm::StringRef root() const { return Path; }

private:
  llvm::SmallString<128> Path;
};

} // namespace handrail
