//===- FunctionParser.h - Handle IR from text: one body ----------*- C++ -*-===//
//
// Internal to lib/IR.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/IR/ParserImpl.h"

namespace handrail::ir {

/// Reads what follows the word `define`. Labels and named temporaries get their
/// numbers when the body is complete; until then they are numbered in the order
/// in which they are met.
class FunctionParser {
public:
  explicit FunctionParser(UnitParser &P) : P(P) {}
  bool run();

private:
  struct Label {
    const Token *FirstUse = nullptr;
    BlockId Block = None;
  };

  bool parseHeader();
  bool parseLocal(bool Param);
  bool parseBody();
  bool parseClosure();
  bool parseRewrite();
  bool parseCapture(ClosureInfo &C);
  bool parseBlock();
  bool parseOp();
  bool parseOperation(Op &O, bool &Typed);
  bool parseOpWords(Op &O);
  bool parseCall(Op &O);
  bool parseHandlers(Terminator &T);
  bool parseTerminator(TermKind K);
  bool parseSwitch(Terminator &T);
  bool parseOperand(Operand &O);
  bool parseLocalRef(Operand &O);
  bool parseTemp(TempId &Id);
  bool parseLabel(BlockId &Id);
  bool resolveLabels();
  void resolveTemps();

  UnitParser &P;
  Function F;
  llvm::StringMap<uint32_t> LocalIds; ///< None for a name that several locals share
  llvm::StringMap<uint32_t> LabelIds;
  std::vector<Label> Labels;
  llvm::StringMap<uint32_t> NamedTemps; ///< to FirstNamed + order
  uint32_t WrittenTemps = None;         ///< the `temps` line
  std::vector<std::vector<UnitParser::OpText>> Texts;
};

} // namespace handrail::ir
