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
  auto IsPointer = [&](const ir::Operand &V) {
    const ir::Op *D = Flow.definition(V);
    return D && E.U->type(D->Ty).Kind == ir::TypeKind::Pointer;
  };

  if (!Def || relation(Def->Kind, Holds).empty()) { // a plain value
    const std::string Name = Flow.spelling(Condition);
    if (Name.empty())
      return Unknown;
    return "assuming " + quoted(Name) + (Holds ? " is not " : " is ") +
           (IsPointer(Condition) ? "null" : "0");
  }
  const ir::Operand &Left = Def->Operands[0], &Right = Def->Operands[1];
  const std::string LeftText = Flow.spelling(Left);
  std::string RightText = Flow.spelling(Right);
  if (LeftText.empty() || RightText.empty())
    return Unknown;
  const bool Equality = Def->Kind == ir::OpKind::Eq || Def->Kind == ir::OpKind::Ne;
  if (Equality && Right.isInt()) {
    // "is not 3" reads better than "is not equal to 3".
    if (Right.Value == 0 && IsPointer(Left))
      RightText = "null";
    const bool Same = (Def->Kind == ir::OpKind::Eq) == Holds;
    return "assuming " + quoted(LeftText) + (Same ? " is " : " is not ") + RightText;
  }
  if (!Right.isInt())
    RightText = quoted(RightText);
  return "assuming " + quoted(LeftText) + " is " + relation(Def->Kind, Holds).str() + " " +
         RightText;
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
    return by("lent by its owner here", E);
  case EventKind::Released:
    return by(Words.Released + " here", E);
  case EventKind::Lost:
    return "the last reference is lost here";
  case EventKind::Thrown:
    return by("exception thrown here", E);
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
    const bool IsHere = E.Depth == 0 && E.U == V.U && E.Loc == V.Loc;
    const bool Told = E.Kind == EventKind::Acquired ? V.Loss == solver::LossKind::Discard
                                                    : IsLast && E.Kind != EventKind::Assumed;
    if (!E.U || (IsHere && Told))
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
