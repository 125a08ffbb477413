//===- SummaryCodec.h - summaries as values of an archive --------*- C++ -*-===//
//
// One description writes and reads (Archive.h). What the numbers in a summary stand
// for is not its matter: a class Names says how symbols, members, kinds and places
// are written, with functions
//
//   symbol(Ar, S)   name(Ar, N)   kind(Ar, K)   place(Ar, U, Loc)
//
// Values are taken apart with structured bindings: a member that is added to one of
// them and forgotten here does not compile.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Solver/Summary.h"

namespace handrail::solver {

/// In every function, T is const when the archive writes.
template <class A, class Names> class SummaryCodec {
public:
  SummaryCodec(A &Ar, Names &N) : Ar(Ar), In(N) {}

  template <class T> void summary(T &S) {
    auto &[Nodes, Cases, CallsThrough, Sweeps, Unknown, NoReturn, TouchesHandles, ConcernsCaller] =
        S;
    Ar.list(Nodes, [&](auto &N) { node(N); });
    Ar.list(Cases, [&](auto &C) { summaryCase(C); });
    Ar.list(CallsThrough, [&](auto &N) { Ar.number(N); });
    Ar.list(Sweeps, [&](auto &K) { In.kind(Ar, K); });
    numbers(Unknown, NoReturn, TouchesHandles, ConcernsCaller);
  }

  template <class T> void event(T &E) {
    auto &[Kind, U, Loc, Text, Value, Depth] = E;
    numbers(Kind, Value, Depth);
    In.place(Ar, U, Loc);
    Ar.text(Text);
  }

private:
  template <class... T> void numbers(T &...Values) { (Ar.number(Values), ...); }

  template <class T> void optionalText(T &Text) {
    bool Present = Text.has_value();
    Ar.number(Present);
    if constexpr (A::Reading)
      if (Present)
        Text.emplace();
    if (Present)
      Ar.text(*Text);
  }

  /// The operation of a derived value may be a kind.
  template <class T> void operation(T &C, bool Derived) {
    bool Object = Derived && C >= ObjectHandle;
    Ar.number(Object);
    if (!Object)
      return Ar.number(C);
    auto Kind = static_cast<model::KindId>(C - ObjectHandle);
    In.kind(Ar, Kind);
    if constexpr (A::Reading)
      C = int64_t(ObjectHandle) + Kind;
  }

  template <class T> void node(T &N) {
    auto &[Kind, Allocated, NonNull, X, Y, C, Lo, Hi] = N;
    numbers(Kind, Allocated, NonNull, Lo, Hi);
    operation(C, Kind == ValueKind::Derived);
    if (Kind == ValueKind::GlobalAddr || Kind == ValueKind::FuncAddr)
      In.symbol(Ar, X);
    else
      Ar.number(X);
    if (Kind == ValueKind::Field || Kind == ValueKind::Container)
      In.name(Ar, Y);
    else
      Ar.number(Y);
  }

  template <class T> void fact(T &X) {
    auto &[Node, F] = X;
    auto &[V, NumExcluded, Lo, Hi, Excluded] = F;
    numbers(Node, V, NumExcluded, Lo, Hi);
    for (auto &E : Excluded)
      Ar.number(E);
  }

  template <class T> void summaryCase(T &C) {
    auto &[Requires, Writes, Copies, Forgets, ForgetsGlobals, Alternatives, Exposed, Handles,
           Throws, Thrown, Ret, RetFact, Sure] = C;
    auto Pair = [&](auto &X) { numbers(X.first, X.second); };
    auto Number = [&](auto &X) { Ar.number(X); };
    Ar.list(Requires, [&](auto &F) { fact(F); });
    Ar.list(Writes, Pair);
    Ar.list(Copies, Pair);
    Ar.list(Forgets, Number);
    Ar.list(Alternatives, Pair);
    Ar.list(Exposed, Number);
    Ar.list(Handles, [&](auto &H) { handle(H); });
    numbers(ForgetsGlobals, Throws, Ret, Sure);
    Ar.list(Thrown, [&](auto &Class) { Ar.text(Class); });
    fact(RetFact);
  }

  template <class T> void handle(T &H) {
    auto &[Node, Kind, St, Incoming, Checked, Doubtful, First, Owner, Acquirer, Keeper, Path] = H;
    Ar.number(Node);
    In.kind(Ar, Kind);
    numbers(St, Incoming, Checked, Doubtful, First, Owner);
    Ar.text(Acquirer);
    optionalText(Keeper);
    Ar.list(Path, [&](auto &E) { event(E); });
  }

  A &Ar;
  Names &In;
};

} // namespace handrail::solver
