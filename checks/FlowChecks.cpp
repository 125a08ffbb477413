//===- FlowChecks.cpp - checks that word what the solver proves -----------===//
#include "checks/FlowChecks.h"

#include "checks/PathNotes.h"

namespace handrail {

using solver::LossKind;
using solver::Violation;

/// The user's name for the handle, or its title.
static std::string nameOf(const Violation &V, const KindWords &Words) {
  return V.Variable.empty() ? "the " + Words.Title : quoted(V.Variable);
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
  if (!V.Releaser.empty())
    Text += " when " + quoted(V.Releaser) + " is called on it";
  return Text;
}

std::string wordUseAfterClose(const Violation &V, const KindWords &Words) {
  std::string Text = describeHandle(Words, V) + " is used ";
  if (!V.Releaser.empty())
    Text += "by " + quoted(V.Releaser) + " ";
  return Text + "after it was " + Words.Released;
}

std::string wordUncheckedHandle(const Violation &V, const KindWords &Words) {
  const std::string User = V.Releaser.empty() ? "the call" : quoted(V.Releaser);
  if (V.Kind == solver::ViolationKind::InvalidRelease) {
    std::string Text = User + " is given an invalid " + Words.Title + ": ";
    if (!V.Acquirer.empty())
      return Text + quoted(V.Acquirer) + " has failed on this path";
    return Text + nameOf(V, Words) + " holds none on this path";
  }
  std::string Text = User + " may be given an invalid " + Words.Title + ": ";
  if (!V.Acquirer.empty())
    Text += quoted(V.Acquirer) + " can fail and ";
  return Text + nameOf(V, Words) + " is not checked for that";
}

std::string wordMismatchedClose(const Violation &V, const KindWords &Words) {
  std::string Text = V.Releaser.empty() ? "this" : quoted(V.Releaser);
  Text += " is the wrong function to " + Words.Release + " " + describeHandle(Words, V);
  if (!Words.Releaser.empty() && Words.Releaser != V.Releaser)
    Text += ": use " + quoted(Words.Releaser);
  return Text;
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
    Out.push_back(std::move(F));
  }
}

} // namespace handrail
