//===- FlowChecks.cpp - checks that word what the solver proves -----------===//
#include "checks/FlowChecks.h"

#include "checks/PathNotes.h"

namespace handrail {

using solver::LossKind;
using solver::Violation;

/// Why a handle that was not released itself is not the caller's to release or
/// use: the last event on the path that says so.
struct Belonging {
  bool Lent = false;     ///< borrowed from an owner that is not named
  llvm::StringRef Owner; ///< it belongs to the result of this function
  explicit operator bool() const { return Lent || !Owner.empty(); }
};
static Belonging belonging(const Violation &V) {
  for (const solver::Event &E : llvm::reverse(V.Path)) {
    if (E.Depth != 0)
      continue;
    if (E.Kind == solver::EventKind::Transferred)
      return {false, E.Text};
    if (E.Kind == solver::EventKind::Borrowed)
      return {true, {}};
    if (E.Kind == solver::EventKind::Released)
      break;
  }
  return {};
}

std::string wordMissingClose(const Violation &V, const KindWords &Words) {
  const std::string Handle = describeHandle(Words, V);
  const std::string Never = " is never " + Words.Released;
  switch (V.Loss) {
  case LossKind::Return:
    return Handle + Never + " on this path";
  case LossKind::ScopeEnd:
    return Handle + Never + " before " +
           (V.Variable.empty() ? "its scope ends" : quoted(V.Variable) + " goes out of scope");
  case LossKind::Overwrite:
    return Handle + Never + ": " + (V.Variable.empty() ? "its only copy" : quoted(V.Variable)) +
           " is overwritten here";
  case LossKind::Discard:
    if (!V.Acquirer.empty())
      return "result of " + quoted(V.Acquirer) + " is discarded, so the " + Words.Title + Never;
    return Handle + Never + ": the call's result is discarded";
  case LossKind::HolderFreed:
    return Handle + Never + " before the memory that holds it is freed";
  case LossKind::Throw:
    return Handle + Never + " when an exception leaves the function here";
  }
  return Handle + Never;
}

std::string wordDoubleClose(const Violation &V, const KindWords &Words) {
  std::string Text = describeHandle(Words, V) + " is already " + Words.Released;
  if (Belonging Owner = belonging(V); Owner.Lent)
    Text += " together with its owner";
  else if (Owner)
    Text += " together with the result of " + quoted(Owner.Owner);
  if (!V.Releaser.empty())
    Text += " when " + quoted(V.Releaser) + " is called on it";
  return Text;
}

std::string wordUseAfterClose(const Violation &V, const KindWords &Words) {
  std::string Text = describeHandle(Words, V) + " is used ";
  if (!V.Releaser.empty())
    Text += "by " + quoted(V.Releaser) + " ";
  if (Belonging Owner = belonging(V); Owner.Lent)
    return Text + "after its owner was released";
  else if (Owner)
    return Text + "after the result of " + quoted(Owner.Owner) + ", which owns it, was released";
  return Text + "after it was " + Words.Released;
}

std::string wordUncheckedHandle(const Violation &V, const KindWords &Words) {
  const std::string User = V.Releaser.empty() ? "the call" : quoted(V.Releaser);
  std::string Handle = Words.Title;
  if (!V.Variable.empty())
    Handle += " " + quoted(V.Variable);
  if (V.Kind == solver::ViolationKind::InvalidRelease)
    return User + " is given an invalid " + Handle + ": " +
           (V.Acquirer.empty() ? "there is none" : quoted(V.Acquirer) + " has failed") +
           " on this path";
  return User + " may be given an invalid " + Handle + ": " +
         (V.Acquirer.empty() ? "making it" : quoted(V.Acquirer)) +
         " can fail, and nothing on this path rules that out";
}

std::string wordMismatchedClose(const Violation &V, const KindWords &Words) {
  const std::string Releaser = V.Releaser.empty() ? "this" : quoted(V.Releaser);
  const std::string Handle = (V.Variable.empty() ? "the " : "") + describeHandle(Words, V);
  if (Belonging Owner = belonging(V)) {
    // The right function for the kind, but the handle has another owner that
    // will release it with a function of its own.
    return Releaser + " " + Words.Release + "s " + Handle + ", which " +
           (Owner.Lent
                ? "its owner still holds: release that instead"
                : "belongs to the result of " + quoted(Owner.Owner) + ": release that instead");
  }
  std::string Text = Releaser + " is the wrong function to " + Words.Release + " " + Handle;
  if (!Words.Releaser.empty() && Words.Releaser != V.Releaser)
    Text += ": use " + quoted(Words.Releaser);
  return Text;
}

std::string wordReleaseOrder(const Violation &V, const KindWords &Words) {
  return describeHandle(Words, V) + " is " + Words.Released + " after what it was made from";
}

std::string wordRefcountImbalance(const Violation &V, const KindWords &Words) {
  std::string Text = "reference to " + Words.Title;
  if (!V.Variable.empty())
    Text += " " + quoted(V.Variable);
  if (!V.Acquirer.empty())
    Text += " taken by " + quoted(V.Acquirer);
  return Text + " is not given back on this path, as it is on others";
}

std::string wordDuplicateOwner(const Violation &V, const KindWords &Words) {
  std::string Text = describeHandle(Words, V) + " is given to a second owner";
  if (!V.Releaser.empty())
    Text += " by " + quoted(V.Releaser);
  if (Belonging Owner = belonging(V); Owner && !Owner.Owner.empty())
    Text += ", while it belongs to the result of " + quoted(Owner.Owner);
  return Text;
}

std::string wordAsyncClose(const Violation &V, const KindWords &Words) {
  return describeHandle(Words, V) +
         " is held over a suspension point in a plain variable; it is lost " +
         "when the coroutine is destroyed there";
}

std::string wordEscapingBorrow(const Violation &V, const KindWords &Words) {
  std::string Text = Words.Title;
  if (!V.Variable.empty())
    Text += " " + quoted(V.Variable);
  return Text + " is returned, and what it belongs to is released";
}

static Confidence confidenceOf(solver::Certainty Sure) {
  switch (Sure) {
  case solver::Certainty::Certain:
    return Confidence::Certain;
  case solver::Certainty::Likely:
    return Confidence::Likely;
  case solver::Certainty::Possible:
    break;
  }
  return Confidence::Possible;
}

/// The calls that the handle came from, as long as each is in the function that the one
/// before it calls.
static std::vector<AcquireStep> acquiredBy(const Violation &V, llvm::StringRef Function) {
  std::vector<AcquireStep> Steps;
  for (const solver::Event &E : V.Path)
    if (E.Kind == solver::EventKind::Acquired && E.U && E.Depth == Steps.size())
      Steps.push_back(
          {toLocation(*E.U, E.Loc), Steps.empty() ? Function.str() : Steps.back().Callee, E.Text});
  return Steps;
}

void FlowCheck::run(const CheckContext &Context, std::vector<Finding> &Out) const {
  PathNotes Notes;
  for (const Violation &V : Context.Solution.Violations) {
    if (!(Kinds & kinds(V.Kind)))
      continue;
    const KindWords Words = wordsFor(Context.Models, V.Handle);
    Finding F;
    F.Loc = toLocation(*V.U, V.Loc);
    F.Message = Word(V, Words);
    if (V.F)
      F.Function = V.U->name(V.U->symbol(V.F->Sym)).str();
    if (V.Handle != model::NoKind)
      F.Kind = Context.Models.Kinds[V.Handle].Id;
    F.Callee = V.Acquirer;
    F.Conf = confidenceOf(V.Sure);
    F.Notes = Notes.of(V, Words);
    F.Acquired = acquiredBy(V, F.Function);
    Out.push_back(std::move(F));
  }
}

} // namespace handrail
