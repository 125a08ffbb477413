//===- PathNotes.cpp - the notes of a finding -----------------------------===//
#include "checks/PathNotes.h"

namespace handrail {

using solver::Event;
using solver::EventKind;
using solver::Violation;

const PathNotes::Branches &PathNotes::branchesOf(const ir::Unit &U) {
  auto [It, New] = Cache.try_emplace(&U);
  if (New)
    for (const ir::Function &F : U.Functions)
      for (const ir::Block &B : F.Blocks)
        if (B.Term.Kind == ir::TermKind::Branch && B.Term.Loc)
          It->second.try_emplace(B.Term.Loc, BranchPlace{&F, &B});
  return It->second;
}

/// "less than" for Lt and so on; \p Holds is whether the comparison held.
static llvm::StringRef relation(ir::OpKind Kind, bool Holds) {
  using enum ir::OpKind;
  switch (Kind) {
  case Eq:
    return Holds ? "equal to" : "not equal to";
  case Ne:
    return Holds ? "not equal to" : "equal to";
  case Lt:
    return Holds ? "less than" : "at least";
  case Le:
    return Holds ? "at most" : "greater than";
  case Gt:
    return Holds ? "greater than" : "at most";
  case Ge:
    return Holds ? "at least" : "less than";
  default:
    return {};
  }
}

std::string PathNotes::wordCondition(const Event &E) {
  const std::string Unknown = "assuming the condition " +
                              (E.Text.empty() ? "" : "on " + quoted(E.Text) + " ") + "is " +
                              (E.Value ? "true" : "false");
  if (!E.U)
    return Unknown;
  const Branches &Known = branchesOf(*E.U);
  auto It = Known.find(E.Loc);
  if (It == Known.end())
    return Unknown;

  const ValueFlow &Flow = Flows.try_emplace(It->second.F, *E.U, *It->second.F).first->second;
  ir::Operand Condition = It->second.B->Term.Value;
  bool Holds = E.Value;
  const ir::Op *Def = Flow.definition(Condition);
  while (Def && Def->Kind == ir::OpKind::Not) {
    Holds = !Holds;
    Condition = Def->Operands[0];
    Def = Flow.definition(Condition);
  }
  if (!Def || relation(Def->Kind, Holds).empty()) {
    std::string Name = Flow.spelling(Condition);
    if (Name.empty())
      return Unknown;
    return "assuming " + quoted(Name) + (Holds ? " is not 0" : " is 0");
  }
  ir::OpKind Kind = Def->Kind;
  std::string Left = Flow.spelling(Def->Operands[0]), Right = Flow.spelling(Def->Operands[1]);
  if (Left.empty() || Right.empty())
    return Unknown;
  if (Right != "0" && Def->Operands[1].isTemp())
    Right = quoted(Right);
  return "assuming " + quoted(Left) + " is " + relation(Kind, Holds).str() + " " + Right;
}

static std::string by(llvm::StringRef Verb, const Event &E) {
  return E.Text.empty() ? Verb.str() : Verb.str() + " by " + quoted(E.Text);
}

static std::string wordStep(const Event &E, const KindWords &Words) {
  switch (E.Kind) {
  case EventKind::Acquired:
    return Words.Title + " " + by(Words.Acquired + " here", E);
  case EventKind::Passed:
    return E.Text.empty() ? "passed on here" : "passed to " + quoted(E.Text);
  case EventKind::Stored:
    return E.Text.empty() ? "stored here" : "stored in " + quoted(E.Text);
  case EventKind::Used:
    return by("used here", E);
  case EventKind::Transferred:
    return by("taken over here", E);
  case EventKind::Borrowed:
    return by("lent here", E);
  case EventKind::Released:
    return by(Words.Released + " here", E);
  case EventKind::Lost:
    return "the last reference is lost here";
  case EventKind::Assumed:
    break;
  }
  return {};
}

std::vector<Note> PathNotes::of(const Violation &V, const KindWords &Words) {
  // What lies before the handle exists seldom explains anything.
  static constexpr size_t FewNotes = 4;
  size_t First = 0;
  while (First < V.Path.size() && V.Path[First].Kind == EventKind::Assumed)
    ++First;
  if (First == V.Path.size() || V.Path.size() <= FewNotes)
    First = 0;

  std::vector<Note> Notes;
  for (size_t I = First; I != V.Path.size(); ++I) {
    const Event &E = V.Path[I];
    const bool IsLast = I + 1 == V.Path.size();
    // The message stands there and says it.
    if (!E.U || (IsLast && E.Kind != EventKind::Assumed && E.Depth == 0 && E.U == V.U &&
                 E.Loc == V.Loc && E.Kind != EventKind::Acquired))
      continue;
    Note N{toLocation(*E.U, E.Loc),
           E.Kind == EventKind::Assumed ? wordCondition(E) : wordStep(E, Words), E.Depth};
    // A condition of several parts is several branches at one place.
    if (Notes.empty() || Notes.back() != N)
      Notes.push_back(std::move(N));
  }

  if (Notes.size() > MaxNotes) {
    const size_t Skipped = Notes.size() - MaxNotes;
    const auto Middle = Notes.begin() + MaxNotes / 2;
    Middle->Message += " (" + std::to_string(Skipped) + " steps after this one are not shown)";
    Notes.erase(Middle + 1, Middle + 1 + Skipped);
  }
  return Notes;
}

} // namespace handrail
