//===- Proposer.h - the work behind Proposals.h ------------------*- C++ -*-===//
//
// Proposals.cpp finds what makes and ends handles of each type, ProposalEntries.cpp
// turns that into kinds and functions.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Infer/Callers.h"
#include "lib/Infer/Proposals.h"
#include <set>

namespace handrail::infer {

enum class Belief : uint8_t { None, Weak, Likely, Strong };

inline const char *nameOf(Belief B) {
  return B == Belief::Strong ? "strong" : B == Belief::Likely ? "likely" : "weak";
}

/// Something that is believed, and why.
struct Believed {
  Belief How = Belief::None;
  std::vector<std::string> Because, Sites, Against;

  void add(const Believed &More) {
    for (auto [To, From] : {std::pair(&Because, &More.Because), std::pair(&Sites, &More.Sites),
                            std::pair(&Against, &More.Against)})
      for (const std::string &Text : *From)
        if (!llvm::is_contained(*To, Text))
          To->push_back(Text);
  }
  model::Evidence evidence() const { return {nameOf(How), Because, Sites, Against}; }
};

/// What callers have to do for that alone to count: so many calls, and at most one in so many
/// to the contrary.
inline constexpr unsigned LikelyCalls = 3, StrongCalls = 5, OneIn = 10;
/// Half of what a function gives may go to some other one by chance.
inline constexpr double Chance = 0.5, StrongSurprise = 2.0, LikelySurprise = 1.5;

/// What is known of the functions of one type of handles.
struct Candidate {
  std::string Name; ///< of the type
  std::map<Source, Believed> Makers;
  std::map<Sink, Believed> Ends;
  std::map<Sink, Believed> Retains;
  std::set<std::string> Counters; ///< members that count references
};

/// The entry of one function.
struct Entry {
  std::vector<model::Effect> Effects;
  Believed Why;
};

class Proposer {
public:
  Proposer(const solver::Program &P, const model::ModelSet &Models,
           llvm::function_ref<std::string(llvm::StringRef)> ShowPath)
      : R(P, Models), Calls(R), Models(Models), ShowPath(ShowPath) {}
  Proposals run();

private:
  bool mayPropose(FunctionId Id) const;
  std::string show(const Site &S) const;
  std::string name(FunctionId Id) const { return "'" + R.Functions[Id].name().str() + "'"; }
  void findKnownTypes();
  void findEnds();
  Believed endByBody(FunctionId Id, uint32_t Arg, Candidate &C) const;
  Believed endByCallers(FunctionId Id, uint32_t Arg) const;
  void findMakers();
  Believed makerByBody(const Source &S, const FreshRole &Role) const;
  Believed makerByCallers(const Source &S, const Candidate &C) const;
  void countGiven(const Source &S, const Candidate &C, Believed &Out, unsigned &Given,
                  unsigned &Local) const;
  void findRetains();
  void addKind(const std::string &Type, const Candidate &C);
  void addKnown();
  bool isOfKind(FunctionId Id, int Arg) const;
  void addUses();
  std::string kindId(const Candidate &C, llvm::StringRef End, std::string &Title) const;
  model::Effect acquire(const Source &S, model::KindId Kind, Believed &Why) const;
  void addEntry(FunctionId Id, model::Effect E, const Believed &Why);
  void addStores(FunctionId Id, Entry &E) const;
  void write();

  Roles R;
  Callers Calls;
  const model::ModelSet &Models;
  llvm::function_ref<std::string(llvm::StringRef)> ShowPath;
  std::set<std::string> KnownTypes;
  std::map<std::string, Candidate> Candidates; ///< by type
  std::map<std::string, model::KindId> KindOf; ///< by type
  std::map<FunctionId, Entry> Entries;
  Proposals Out;
};

} // namespace handrail::infer
