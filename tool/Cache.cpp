//===- Cache.cpp - handrail cache stats and clean ----------------*- C++ -*-===//
#include "tool/Commands.h"
#include "tool/Diagnostics.h"
#include "tool/RunCache.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <ctime>

namespace handrail::tool {
namespace {

llvm::Expected<std::unique_ptr<ObjectStore>> openCache(const std::string &Asked) {
  std::string Directory = cacheDirectory(Asked);
  if (Directory.empty())
    return llvm::createStringError("name the directory of the cache, or set HANDRAIL_CACHE");
  return ObjectStore::open(Directory);
}

/// UTC, as ISO 8601 has it.
std::string timeText(int64_t Seconds) {
  const time_t Time = Seconds;
  tm Parts;
  char Text[32];
  gmtime_r(&Time, &Parts);
  std::strftime(Text, sizeof(Text), "%Y-%m-%dT%H:%M:%SZ", &Parts);
  return Text;
}

void printCounts(llvm::json::OStream &J, const char *Name, const RunCounts &Counts) {
  auto Pair = [&](const char *What, uint64_t Found, uint64_t Made) {
    J.attributeObject(What, [&] {
      J.attribute("found", int64_t(Found));
      J.attribute("made", int64_t(Made));
    });
  };
  J.attributeObject(Name, [&] {
    J.attribute("runs", int64_t(Counts.Runs));
    Pair("units", Counts.UnitsFound, Counts.UnitsMade);
    Pair("results", Counts.ResultsFound, Counts.ResultsMade);
    Pair("components", Counts.ComponentsFound, Counts.ComponentsMade);
  });
}

void printJson(const StoreUsage &Usage, uint64_t Limit, const RunCounts &All,
               const RunCounts &Latest) {
  llvm::json::OStream J(llvm::outs(), 2);
  J.object([&] {
    J.attribute("bytes", int64_t(Usage.All.Bytes));
    J.attribute("limit", int64_t(Limit));
    J.attributeObject("objects", [&] {
      for (size_t I = 0; I != Usage.Sorts.size(); ++I)
        J.attributeObject(ObjectSortNames[I], [&] {
          J.attribute("count", int64_t(Usage.Sorts[I].Objects));
          J.attribute("bytes", int64_t(Usage.Sorts[I].Bytes));
        });
    });
    if (Usage.Newest) {
      J.attribute("oldest", timeText(Usage.Oldest));
      J.attribute("newest", timeText(Usage.Newest));
    }
    printCounts(J, "latestRun", Latest);
    printCounts(J, "allRuns", All);
  });
  llvm::outs() << '\n';
}

void printText(const StoreUsage &Usage, uint64_t Limit, const RunCounts &All,
               const RunCounts &Latest) {
  llvm::raw_ostream &OS = llvm::outs();
  auto MiB = [](uint64_t Bytes) { return llvm::format("%9.1f MiB", double(Bytes) / (1 << 20)); };
  auto Name = [&](llvm::StringRef What) -> llvm::raw_ostream & {
    return OS << "  " << llvm::left_justify(What, 14);
  };
  OS << "size\n";
  Name("all") << MiB(Usage.All.Bytes) << " of " << (Limit >> 20) << " MiB\n";
  for (size_t I = 0; I != Usage.Sorts.size(); ++I)
    Name(ObjectSortNames[I]) << MiB(Usage.Sorts[I].Bytes)
                             << llvm::format("%9llu objects\n",
                                             (unsigned long long)Usage.Sorts[I].Objects);
  if (Usage.Newest) {
    OS << "last used\n";
    Name("oldest") << timeText(Usage.Oldest) << '\n';
    Name("newest") << timeText(Usage.Newest) << '\n';
  }
  auto Tell = [&](llvm::StringRef Title, const RunCounts &Counts) {
    auto Row = [&](llvm::StringRef What, uint64_t Found, uint64_t Made) {
      Name(What) << llvm::format("%9llu found %9llu made\n", (unsigned long long)Found,
                                 (unsigned long long)Made);
    };
    OS << Title << '\n';
    Row("units", Counts.UnitsFound, Counts.UnitsMade);
    Row("results", Counts.ResultsFound, Counts.ResultsMade);
    Row("components", Counts.ComponentsFound, Counts.ComponentsMade);
  };
  if (!All.Runs)
    return;
  Tell("latest run", Latest);
  Tell(counted(All.Runs, "run"), All);
}

llvm::Expected<ExitStatus> stats(const CacheStatsCommand &Command) {
  auto Cache = openCache(Command.Directory);
  if (!Cache)
    return Cache.takeError();
  auto Limit = cacheLimit(std::nullopt);
  if (!Limit)
    return Limit.takeError();
  auto [All, Latest] = countRuns((*Cache)->notes());
  (Command.Json ? printJson : printText)((*Cache)->usage(), *Limit, All, Latest);
  return Clean;
}

llvm::Expected<ExitStatus> clean(const CacheCleanCommand &Command) {
  auto Cache = openCache(Command.Directory);
  if (!Cache)
    return Cache.takeError();
  constexpr int64_t Day = 24 * 3600;
  const int64_t Before = Command.Days ? time(nullptr) - int64_t(*Command.Days) * Day : 0;
  const uint64_t Bytes = Command.MiB ? *Command.MiB << 20 : Command.Days ? UINT64_MAX : 0;
  auto Removed = (*Cache)->trim(Bytes, Before);
  if (!Removed) {
    std::string Why = (*Cache)->trouble();
    return llvm::createStringError("cannot clean the cache: " +
                                   (Why.empty() ? "another process is at it" : Why));
  }
  llvm::outs() << "removed " << counted(Removed->Objects, "object") << ", "
               << llvm::format("%.1f", double(Removed->Bytes) / (1 << 20)) << " MiB\n";
  return Clean;
}

} // namespace

ExitStatus run(const CacheStatsCommand &Command) { return statusOf(stats(Command)); }

ExitStatus run(const CacheCleanCommand &Command) { return statusOf(clean(Command)); }

} // namespace handrail::tool
