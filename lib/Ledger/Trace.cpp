#include "lib/Ledger/Trace.h"
#include "lib/Ledger/Rules.h"
#include "lib/Ledger/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <set>

namespace handrail::ledger {
namespace {

namespace json = llvm::json;

std::string utf8(llvm::StringRef Text) {
  return json::isUTF8(Text) ? Text.str() : json::fixUTF8(Text);
}

class TracePrinter {
public:
  TracePrinter(const Report &R, llvm::raw_ostream &OS) : R(R), J(OS) {}

  void print() {
    J.object([&] {
      J.attributeArray("traceEvents", [&] {
        nameProcesses();
        findEnds();
        for (const Event *E : inOrder())
          event(*E);
        for (auto &[Key, Life] : Open)
          end(std::get<0>(Key), Life, EndNs[std::get<0>(Key)], "open at the end");
        for (const Leak &L : R.Leaks)
          leak(L);
        for (const Misuse &M : R.Misuses)
          misuse(M);
      });
    });
    J.flush();
  }

private:
  /// What is open: of which process, kind and value.
  using Handle = std::tuple<int, std::string, uint64_t>;
  struct Life {
    std::string Category, Name;
    unsigned Id;
  };

  /// Processes of several runs may have the same id; here each has its own.
  void nameProcesses() {
    std::set<int> Used;
    int Next = 1;
    for (const Process &P : R.Processes) {
      int Id = P.Id;
      if (!Used.insert(Id).second) {
        while (!Used.insert(Next).second)
          ++Next;
        Id = Next;
      }
      Pids.push_back(Id);
      J.object([&] {
        J.attribute("ph", "M");
        J.attribute("name", "process_name");
        J.attribute("pid", Id);
        J.attributeObject("args", [&] { J.attribute("name", utf8(llvm::join(P.Command, " "))); });
      });
    }
  }

  /// A process ends when it did, but not before its last event.
  void findEnds() {
    for (const Process &P : R.Processes)
      EndNs.push_back(uint64_t(std::max<int64_t>(P.Ended - P.Started, 0)) * 1000000);
    for (const Event &E : R.History)
      EndNs[E.Process] = std::max(EndNs[E.Process], E.AtNs);
    for (const Misuse &M : R.Misuses)
      EndNs[M.Process] = std::max(EndNs[M.Process], atNs(M));
    for (const Leak &L : R.Leaks) {
      uint64_t LastMs = std::max(L.FirstSeenMs, L.OldestMs);
      if (!L.Samples.empty())
        LastMs = std::max(LastMs, L.Samples.back().first);
      EndNs[L.Process] = std::max(EndNs[L.Process], LastMs * 1000000);
    }
  }

  std::vector<const Event *> inOrder() const {
    std::vector<const Event *> Events;
    for (const Event &E : R.History)
      Events.push_back(&E);
    llvm::stable_sort(Events, [](const Event *A, const Event *B) {
      return std::tie(A->Process, A->AtNs) < std::tie(B->Process, B->AtNs);
    });
    return Events;
  }

  void event(const Event &E) {
    Handle Key(E.Process, E.Kind, E.Value);
    auto It = Open.find(Key);
    if (E.What == "opened") {
      if (It != Open.end()) {
        end(E.Process, It->second, E.AtNs, "its close was not recorded");
        Open.erase(It);
        --Count[{E.Process, E.Kind}];
      }
      Open.emplace(Key, begin(E, E.AtNs, E.Stack));
      count(E, +1);
    } else if (E.What == "closed" || E.What == "taken") {
      // Ended, but opened before the history begins.
      Life Ended = It != Open.end() ? It->second : begin(E, 0, -1);
      end(E.Process, Ended, E.AtNs, E.Exit.empty() ? E.What : E.Exit);
      if (It == Open.end())
        return;
      Open.erase(It);
      count(E, -1);
    } else if (It != Open.end()) {
      asynchronous("n", E.Process, E.AtNs, {It->second.Category, utf8(E.What), It->second.Id}, {});
    }
  }

  Life begin(const Event &E, uint64_t AtNs, int Stack) {
    Life New = {utf8(E.Kind), utf8(handleNoun(E.Kind, "")) + " " + std::to_string(E.Value),
                ++LastId};
    asynchronous("b", E.Process, AtNs, New, [&] {
      if (E.Thread)
        J.attribute("thread", int64_t(E.Thread));
      stack(Stack);
    });
    return New;
  }

  void end(int Process, const Life &Ended, uint64_t AtNs, llvm::StringRef How) {
    asynchronous("e", Process, AtNs, Ended, [&] { J.attribute("exit", utf8(How)); });
  }

  void count(const Event &E, int Change) {
    int64_t &Now = Count[{E.Process, E.Kind}];
    Now += Change;
    counter(E.Process, E.AtNs, "open: " + utf8(E.Kind), Now);
  }

  void leak(const Leak &L) {
    uint64_t End = EndNs[L.Process], Age = L.OldestMs * 1000000;
    Life New = {"leak", utf8("leak of " + countedHandles(L)), ++LastId};
    asynchronous("b", L.Process, Age && Age <= End ? End - Age : L.FirstSeenMs * 1000000, New, [&] {
      if (!L.Names.empty())
        J.attribute("named", utf8(L.Names.front().Text));
      if (!L.Test.empty())
        J.attribute("test", utf8(L.Test));
      if (!L.Site.empty())
        J.attribute("site", utf8(L.Site));
      stack(L.Opened);
    });
    end(L.Process, New, End, "open at the end");
    for (const auto &[AtMs, Live] : L.Samples)
      counter(L.Process, AtMs * 1000000, "open from " + L.Hash + ": " + utf8(L.Kind),
              int64_t(Live));
  }

  static uint64_t atNs(const Misuse &M) {
    return M.Steps.empty() ? 0 : M.Steps.front().AtMs * 1000000;
  }

  void misuse(const Misuse &M) {
    J.object([&] {
      J.attribute("ph", "i");
      J.attribute("s", "p"); // a mark through all of the process
      J.attribute("cat", "misuse");
      J.attribute("name", utf8(describe(M)));
      at(M.Process, atNs(M));
      J.attributeObject("args", [&] { stack(M.Steps.empty() ? -1 : M.Steps.front().Stack); });
    });
  }

  void stack(int Index) {
    if (Index < 0)
      return;
    J.attributeArray("stack", [&] {
      for (const Frame &F : R.Stacks[Index].Frames)
        J.value(utf8(frameName(R, F)));
    });
  }

  void asynchronous(llvm::StringRef Phase, int Process, uint64_t AtNs, const Life &Of,
                    llvm::function_ref<void()> Arguments) {
    J.object([&] {
      J.attribute("ph", Phase);
      J.attribute("cat", Of.Category);
      J.attribute("name", Of.Name);
      J.attribute("id", "0x" + llvm::utohexstr(Of.Id, /*LowerCase=*/true));
      at(Process, AtNs);
      if (Arguments)
        J.attributeObject("args", Arguments);
    });
  }

  void counter(int Process, uint64_t AtNs, const std::string &Name, int64_t Value) {
    J.object([&] {
      J.attribute("ph", "C");
      J.attribute("name", Name);
      at(Process, AtNs);
      J.attributeObject("args", [&] { J.attribute("handles", Value); });
    });
  }

  void at(int Process, uint64_t AtNs) {
    J.attribute("pid", Pids[Process]);
    J.attribute("tid", Pids[Process]);
    J.attributeBegin("ts"); // microseconds
    J.rawValue([&](llvm::raw_ostream &OS) {
      OS << AtNs / 1000 << '.' << llvm::format("%03u", unsigned(AtNs % 1000));
    });
    J.attributeEnd();
  }

  const Report &R;
  json::OStream J;
  std::vector<int> Pids;       ///< of the trace, by process
  std::vector<uint64_t> EndNs; ///< by process
  std::map<Handle, Life> Open;
  std::map<std::pair<int, std::string>, int64_t> Count;
  unsigned LastId = 0;
};

} // namespace

void printTrace(const Outcome &Told, llvm::raw_ostream &OS) {
  TracePrinter(Told.Found, OS).print();
  OS << '\n';
}

} // namespace handrail::ledger
