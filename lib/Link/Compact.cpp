//===- Compact.cpp - units without what nobody needs ----------------------===//

#include "lib/Link/Compact.h"

using namespace handrail::ir;

namespace handrail::link {

namespace {

/// Calls \p Symbol and \p Type for everything that one thing names.
template <class SymbolFn, class TypeFn> struct References {
  SymbolFn Symbol;
  TypeFn Type;

  template <class T> void operand(T &O) {
    if (O.Kind == OperandKind::Global || O.Kind == OperandKind::Func)
      Symbol(O.Index);
  }
  template <class T> void function(T &F) {
    Symbol(F.Sym);
    for (auto &L : F.Locals)
      Type(L.Ty);
    for (auto &C : F.Closures) {
      if (C.Callee != None)
        Symbol(C.Callee);
      for (auto &L : C.Captures) {
        operand(L.Value);
        Type(L.Ty);
      }
    }
    for (auto &B : F.Blocks) {
      for (auto &O : B.Ops) {
        Type(O.Ty);
        if (O.Kind == OpKind::Call && !O.has(OF_Indirect))
          Symbol(O.Aux);
        for (auto &X : O.Operands)
          operand(X);
      }
      operand(B.Term.Value);
    }
  }
  template <class T> void symbol(T &S) {
    Type(S.Ty);
    for (auto &O : S.Overrides)
      Symbol(O);
    operand(S.Init);
    for (auto &V : S.Values)
      operand(V.Value);
  }
  template <class T> void record(T &R) {
    if (R.Destructor != None)
      Symbol(R.Destructor);
    for (auto &B : R.Bases)
      Type(B);
    for (auto &F : R.Fields)
      Type(F.Ty);
  }
};
template <class S, class T> References(S, T) -> References<S, T>;

class Compaction {
public:
  explicit Compaction(Unit &U) : U(U) {
    SymbolIds.assign(U.Symbols.size(), None);
    RecordIds.assign(U.Records.size(), None);
    Types.assign(U.Types.size(), false);
  }

  std::vector<SymbolId> run() {
    mark();
    SymbolId Symbols = 0;
    for (SymbolId &S : SymbolIds)
      if (S != None)
        S = Symbols++;
    RecordId Records = 0;
    for (RecordId &R : RecordIds)
      if (R != None)
        R = Records++;
    renumber();
    keepMarked(U.Symbols, SymbolIds);
    keepMarked(U.Records, RecordIds);
    canonicalize(U);
    return std::move(SymbolIds);
  }

private:
  void mark() {
    References Mark{[this](SymbolId S) { needSymbol(S); }, [this](TypeId T) { needType(T); }};
    for (const Function &F : U.Functions)
      Mark.function(F);
    for (SymbolId S = 0; S < U.Symbols.size(); ++S)
      if (!U.Symbols[S].IsFunction || U.Symbols[S].Virtual)
        needSymbol(S);
    while (!Symbols.empty() || !Records.empty()) {
      if (!Symbols.empty()) {
        const Symbol &S = U.Symbols[Symbols.back()];
        Symbols.pop_back();
        Mark.symbol(S);
        if (S.Parent != None)
          needRecord(S.Parent);
      } else {
        const Record &R = U.Records[Records.back()];
        Records.pop_back();
        Mark.record(R);
      }
    }
  }

  void needSymbol(SymbolId S) {
    if (SymbolIds[S] == None) {
      SymbolIds[S] = 0;
      Symbols.push_back(S);
    }
  }
  void needRecord(RecordId R) {
    if (RecordIds[R] == None) {
      RecordIds[R] = 0;
      Records.push_back(R);
    }
  }
  // Recursion is bounded by the nesting of types.
  void needType(TypeId Id) {
    if (Types[Id])
      return;
    Types[Id] = true;
    const Type &T = U.Types[Id];
    needType(T.Elem);
    for (TypeId P : T.Params)
      needType(P);
    if (T.Kind == TypeKind::Record)
      needRecord(T.Record);
  }

  void renumber() {
    References Rename{[this](SymbolId &S) { S = SymbolIds[S]; }, [](TypeId) {}};
    for (Function &F : U.Functions)
      Rename.function(F);
    for (SymbolId S = 0; S < U.Symbols.size(); ++S)
      if (SymbolIds[S] != None) {
        Rename.symbol(U.Symbols[S]);
        if (RecordId &Parent = U.Symbols[S].Parent; Parent != None)
          Parent = RecordIds[Parent];
      }
    for (RecordId R = 0; R < U.Records.size(); ++R)
      if (RecordIds[R] != None)
        Rename.record(U.Records[R]);
    for (TypeId T = 0; T < U.Types.size(); ++T) {
      if (!Types[T]) // nothing refers to it any more
        U.Types[T] = Type();
      else if (U.Types[T].Kind == TypeKind::Record)
        U.Types[T].Record = RecordIds[U.Types[T].Record];
    }
  }

  template <class T>
  static void keepMarked(std::vector<T> &Items, const std::vector<uint32_t> &Ids) {
    std::vector<T> Kept;
    for (size_t I = 0; I < Items.size(); ++I)
      if (Ids[I] != None)
        Kept.push_back(std::move(Items[I]));
    Kept.shrink_to_fit();
    Items = std::move(Kept);
  }

  Unit &U;
  std::vector<SymbolId> SymbolIds; ///< old to new; while marking, 0 for what stays
  std::vector<RecordId> RecordIds;
  std::vector<char> Types;       ///< by TypeId: needed
  std::vector<SymbolId> Symbols; ///< work lists
  std::vector<RecordId> Records;
};

} // namespace

std::vector<SymbolId> dropUnused(Unit &U) { return Compaction(U).run(); }

} // namespace handrail::link
