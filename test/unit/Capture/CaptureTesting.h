//===- CaptureTesting.h - source text in, readable IR out --------*- C++ -*-===//
#pragma once

#include "lib/Capture/Capture.h"
#include <string>

/// A captured source file. Building one checks what holds for every unit: it is
/// valid, capturing it again gives the same, and so does reading what it prints.
class Captured {
public:
  explicit Captured(llvm::StringRef Text, llvm::StringRef Name = "t.c",
                    llvm::ArrayRef<std::string> Flags = {}, bool ExpectErrors = false);

  handrail::ir::Unit U;
  std::vector<handrail::capture::CaptureError> Errors;

  /// The blocks of the function called \p Name (the first of that name), without
  /// locations and inferable types, and with names instead of USRs. Empty when
  /// there is no such function.
  std::string body(llvm::StringRef Name = "f") const;
  const handrail::ir::Function *function(llvm::StringRef Name) const;
  /// The symbol called \p Name. Fails the test when there is none.
  const handrail::ir::Symbol &symbol(llvm::StringRef Name) const;
  const handrail::ir::Record &record(llvm::StringRef Name) const;
  /// The place of the first operation of \p Kind in \p Name: `line:col-line:col`.
  std::string place(llvm::StringRef Name, handrail::ir::OpKind Kind) const;
};

/// As `Captured(Text).body()`.
std::string lowered(llvm::StringRef Text);
/// The same for C++ without exceptions: any function of another file may throw, and that
/// would be all that a test shows.
std::string loweredCxx(llvm::StringRef Text, llvm::StringRef Name = "f");
