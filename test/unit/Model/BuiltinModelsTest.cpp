#include "ModelTestUtil.h"
#include "lib/Model/EntryReader.h"
#include "lib/Model/Notation.h"
#include "lib/Model/ProjectConfig.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace handrail::model;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const Read &shipped() {
  static const Read R = readAll(builtinModels());
  return R;
}

/// The effects of a function in short: "acquire posix.fd return when 0..max".
std::vector<std::string> effectsOf(const FunctionModel &F) {
  static constexpr const char *Names[] = {"acquire",   "release", "use",      "borrow", "transfer",
                                          "duplicate", "retain",  "unretain", "calls",  "stores",
                                          "sweeps",    "sends",   "same",     "copies", "zeroes"};
  auto Bound = [](int64_t V) {
    return V == MinValue ? "min" : V == MaxValue ? "max" : std::to_string(V);
  };
  std::vector<std::string> Result;
  for (const Effect &E : F.Effects) {
    std::string Text = Names[static_cast<int>(E.Op)];
    if (E.Kind != NoKind)
      Text += " " + shipped().Models.Kinds[E.Kind].Id;
    Text += " " + printPlace(E.At);
    if (E.From)
      Text += " from " + printPlace(*E.From);
    if (E.To)
      Text += " to " + printPlace(*E.To);
    if (E.Data)
      Text += " data " + printPlace(*E.Data);
    for (const ValueRange &R : E.When.Values)
      Text += (&R == &E.When.Values[0] ? " when " : " or ") + Bound(R.Lo) + ".." + Bound(R.Hi);
    Result.push_back(Text);
  }
  return Result;
}

TEST(BuiltinModels, ReadWithoutErrors) {
  EXPECT_THAT(shipped().Errors, IsEmpty());
  EXPECT_GT(shipped().Models.Functions.size(), 700u);
}

TEST(BuiltinModels, SourcesAreSortedAndMarked) {
  std::string Last;
  for (const ModelSource &Source : builtinModels()) {
    EXPECT_TRUE(Source.Builtin);
    EXPECT_THAT(Source.Name, testing::StartsWith("<builtin>/"));
    EXPECT_LT(Last, Source.Name);
    Last = Source.Name;
  }
}

TEST(BuiltinModels, NoFunctionOrKindStandsInTwoFiles) {
  std::map<FunctionKey, std::string> Functions;
  std::map<std::string, std::string> Kinds;
  for (const ModelSource &Source : builtinModels()) {
    JsonDocument Doc(Source);
    EntryReader Reader(Doc, true);
    ASSERT_TRUE(Reader.readTop());
    for (const KindEntry &K : Reader.readKinds())
      EXPECT_TRUE(Kinds.emplace(K.Kind.Id, Source.Name).second)
          << K.Kind.Id << " in " << Source.Name << " and " << Kinds[K.Kind.Id];
    KindTable Table{shipped().Models.Kinds};
    for (const FunctionModel &F : Reader.readFunctions(Table))
      EXPECT_TRUE(Functions.emplace(keyOf(F), Source.Name).second)
          << F.Name << " in " << Source.Name << " and " << Functions[keyOf(F)];
  }
}

TEST(BuiltinModels, EveryKindIsAcquiredAndReleasedBySomething) {
  std::map<std::string, std::set<std::string>> Releasers;
  std::set<std::string> Acquired;
  for (const FunctionModel &F : shipped().Models.Functions)
    for (const Effect &E : F.Effects) {
      if (E.Op == EffectKind::Acquire)
        Acquired.insert(shipped().Models.Kinds[E.Kind].Id);
      if (E.Op == EffectKind::Release)
        Releasers[shipped().Models.Kinds[E.Kind].Id].insert(F.Name);
    }
  for (const ResourceKind &K : shipped().Models.Kinds) {
    EXPECT_TRUE(Acquired.count(K.Id)) << K.Id;
    ASSERT_FALSE(K.ReleasedBy.empty()) << K.Id;
    for (const std::string &Name : K.ReleasedBy)
      EXPECT_TRUE(Releasers[K.Id].count(Name)) << K.Id << " by " << Name;
  }
}

TEST(BuiltinModels, OnlyTheHeapIsOff) {
  for (const ResourceKind &K : shipped().Models.Kinds)
    EXPECT_EQ(shipped().enabled(K.Id), K.Family != "heap") << K.Id;
  Read R = readAll(builtinModels(), {{"+heap"}});
  EXPECT_TRUE(R.enabled("heap.memory"));
}

TEST(BuiltinModels, DescriptorsAndStreams) {
  const Read &R = shipped();
  for (const char *Name :
       {"open", "open64", "__open_2", "creat64", "socket", "epoll_create1", "eventfd",
        "timerfd_create", "inotify_init1", "memfd_create", "mkostemps64"})
    EXPECT_THAT(effectsOf(R.function(Name)), ElementsAre("acquire posix.fd return")) << Name;
  EXPECT_THAT(effectsOf(R.function("openat")),
              ElementsAre("use posix.fd arg0", "acquire posix.fd return"));
  EXPECT_THAT(effectsOf(R.function("accept4")),
              ElementsAre("use posix.fd arg0", "acquire posix.fd return"));
  EXPECT_THAT(effectsOf(R.function("pipe2")), ElementsAre("acquire posix.fd arg0[0] when 0..0",
                                                          "acquire posix.fd arg0[1] when 0..0"));
  EXPECT_THAT(
      effectsOf(R.function("socketpair")),
      ElementsAre("acquire posix.fd arg3[0] when 0..0", "acquire posix.fd arg3[1] when 0..0"));
  EXPECT_THAT(effectsOf(R.function("dup2")),
              ElementsAre("use posix.fd arg0", "duplicate posix.fd arg1 from arg0 when 0..max",
                          "same return from arg1 when 0..max"));
  EXPECT_THAT(effectsOf(R.function("close")), ElementsAre("release posix.fd arg0"));
  EXPECT_THAT(effectsOf(R.function("fdopen")),
              ElementsAre("transfer posix.fd arg0 to return when min..-1 or 1..max",
                          "acquire stdio.file return"));
  EXPECT_THAT(effectsOf(R.function("fileno")),
              ElementsAre("use stdio.file arg0", "borrow posix.fd return from arg0"));
  EXPECT_THAT(effectsOf(R.function("freopen")),
              ElementsAre("transfer stdio.file arg2 when 0..0",
                          "same return from arg2 when min..-1 or 1..max"));
  EXPECT_THAT(effectsOf(R.function("__fread_chk")), ElementsAre("use stdio.file arg4"));
  EXPECT_THAT(effectsOf(R.function("__fgets_chk")), Contains("use stdio.file arg3"));
}

TEST(BuiltinModels, ErrnoIsWhereItsFunctionSays) {
  EXPECT_TRUE(shipped().function("__errno_location").Errno);
  EXPECT_FALSE(shipped().function("close").Errno);
}

TEST(BuiltinModels, FcntlDuplicatesOnlyWhenAskedTo) {
  const Read &R = shipped();
  auto Models = R.Models.find("fcntl");
  ASSERT_EQ(Models.size(), 3u);
  const FunctionModel &Dup = R.Models.Functions[Models[1]], &Other = R.Models.Functions[Models[2]];
  ASSERT_EQ(Dup.ArgumentIs.size(), 1u);
  EXPECT_EQ(Dup.ArgumentIs[0].first, 1u);
  EXPECT_THAT(Dup.ArgumentIs[0].second, ElementsAre(ValueRange{0, 0}, ValueRange{1030, 1030}));
  EXPECT_THAT(effectsOf(Dup), Contains("duplicate posix.fd return from arg0"));
  EXPECT_THAT(effectsOf(Other), ElementsAre("use posix.fd arg0"));
}

TEST(BuiltinModels, OtherApis) {
  const Read &R = shipped();
  EXPECT_THAT(effectsOf(R.function("getaddrinfo")),
              ElementsAre("acquire netdb.addrinfo arg3[0] when 0..0"));
  EXPECT_THAT(effectsOf(R.function("munmap")), ElementsAre("release posix.mapping arg0"));
  EXPECT_THAT(R.kind("posix.mapping").Invalid, ElementsAre(ValueRange{-1, -1}));
  EXPECT_THAT(effectsOf(R.function("pthread_mutex_lock")),
              ElementsAre("use pthread.mutex arg0", "acquire pthread.lock arg0"));
  EXPECT_THAT(R.function("pthread_mutex_lock").Returns, ElementsAre(ValueRange{0, 0}));
  EXPECT_THAT(effectsOf(R.function("pthread_mutex_trylock")),
              ElementsAre("use pthread.mutex arg0", "acquire pthread.lock arg0 when 0..0"));
  EXPECT_THAT(effectsOf(R.function("realloc")),
              ElementsAre("acquire heap.memory return",
                          "copies return from arg0 when min..-1 or 1..max",
                          "release heap.memory arg0 when min..-1 or 1..max"));
  EXPECT_THAT(effectsOf(R.function("qsort")), ElementsAre("calls arg3"));
  EXPECT_TRUE(R.function("exit").ExitsProcess && R.function("exit").NoReturn);
  EXPECT_FALSE(R.function("longjmp").ExitsProcess);
  EXPECT_THAT(R.function("execve").Returns, ElementsAre(ValueRange{-1, -1}));
  EXPECT_TRUE(R.function("error").ExitsProcess);
  EXPECT_EQ(R.function("error").MinArgs, 3u);
  EXPECT_TRUE(R.Models.isCLibraryHeader("/usr/include/x86_64-linux-gnu/sys/socket.h"));
  EXPECT_FALSE(R.Models.isCLibraryHeader("/usr/include/c++/12/bits/stl_list.h"));
}

TEST(BuiltinModels, EachHasATest) {
  for (const ModelSource &Source : builtinModels()) {
    llvm::StringRef Stem = llvm::sys::path::stem(Source.Name);
    llvm::SmallString<256> Path(HANDRAIL_INPUTS);
    llvm::sys::path::append(Path, "../../../models", Stem + ".c");
    EXPECT_TRUE(llvm::sys::fs::exists(Path) || llvm::sys::fs::exists(Path + "pp"))
        << Path.str().str();
  }
}

TEST(BuiltinModels, SwitchingAKindOffKeepsItsId) {
  Read R = readAll(builtinModels(), {{"-posix.fd"}});
  EXPECT_FALSE(R.enabled("posix.fd"));
  EXPECT_TRUE(R.enabled("posix.dir"));
}

std::vector<ModelSource> inputs(llvm::StringRef Folder) {
  std::vector<ModelSource> Result;
  std::error_code Error;
  llvm::SmallString<256> Path(HANDRAIL_INPUTS);
  llvm::sys::path::append(Path, Folder);
  for (llvm::sys::fs::directory_iterator It(Path, Error), End; It != End && !Error;
       It.increment(Error))
    if (auto Text = llvm::MemoryBuffer::getFile(It->path()))
      Result.push_back(
          {llvm::sys::path::filename(It->path()).str(), (*Text)->getBuffer().str(), false});
  EXPECT_FALSE(Result.empty());
  return Result;
}

// check_schema.py asks the schema the same.
TEST(Schema, ReaderAgreesOnInputs) {
  for (const ModelSource &Good : inputs("good"))
    EXPECT_THAT(readAll({Good}).Errors, IsEmpty()) << Good.Name;
  for (const ModelSource &Bad : inputs("bad")) {
    ProjectConfig Config;
    EXPECT_FALSE(readAll({Bad}).Errors.empty() && readProjectConfig(Bad, Config).empty())
        << Bad.Name;
  }
}

TEST(Schema, NamesEveryKey) {
  for (llvm::StringRef Key : modelKeys())
    EXPECT_TRUE(modelSchema().contains(("\"" + Key + "\":").str())) << Key.str();
  for (llvm::StringRef Key : projectKeys())
    EXPECT_TRUE(modelSchema().contains(("\"" + Key + "\":").str())) << Key.str();
}

} // namespace
