//===- Json.h - the ledger's document ----------------------------*- C++ -*-===//
//
// The form in which the runtime hands over what it saw, and in which other programs get
// reports: docs/ledger.md tells its shape, ledger.schema.json checks it.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Ledger/Outcome.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace handrail::ledger {

/// Reads a document. An error tells where in \p Text it is, by line, column and member:
/// `run.json:3:14: leaks[3].count: expected a whole number`. Members that are not
/// known are skipped, and so is what printJson adds to a report.
llvm::Expected<Report> parseJson(llvm::StringRef Text, llvm::StringRef FileName);

/// JavaScript has no integers above 2^53: for browsers larger ones become texts.
enum class Integers { Exact, AsBrowsersRead };

/// A document on one line. Bytes that are not UTF-8 become U+FFFD.
void printJson(const Outcome &Told, llvm::raw_ostream &OS, Integers How = Integers::Exact);

/// One leak, misuse or event on each line, which has its stacks in it and so needs no
/// other line to be understood.
void printJsonLines(const Outcome &Told, llvm::raw_ostream &OS);

/// The JSON Schema of documents, as text.
llvm::StringRef jsonSchema();

} // namespace handrail::ledger
