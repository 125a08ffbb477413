#include "lib/Model/ProjectConfig.h"
#include "ModelTestUtil.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace handrail::model;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

std::vector<std::string> read(llvm::StringRef Text, ProjectConfig &Out) {
  std::vector<std::string> Errors;
  for (const ModelError &E : readProjectConfig({"handrail.json", Text.str(), false}, Out))
    Errors.push_back(E.str());
  return Errors;
}

/// A folder that is gone at the end of the test.
class TemporaryFolder {
public:
  TemporaryFolder() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("handrail-model", Root));
    llvm::SmallString<128> Real;
    if (!llvm::sys::fs::real_path(Root, Real))
      Root = Real;
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(Root); }

  std::string path(llvm::StringRef Name) const { return (Root + "/" + Name).str(); }
  std::string write(llvm::StringRef Name, llvm::StringRef Text) const {
    std::string File = path(Name);
    EXPECT_FALSE(llvm::sys::fs::create_directories(llvm::sys::path::parent_path(File)));
    std::error_code Error;
    llvm::raw_fd_ostream(File, Error) << Text;
    EXPECT_FALSE(Error);
    return File;
  }

private:
  llvm::SmallString<128> Root;
};

TEST(ProjectConfig, ReadsEverything) {
  ProjectConfig C;
  EXPECT_THAT(read(R"({"version": 1, "models": ["m/a.json", "/abs/b.json"],
    "checks": {"select": ["*", "-raw-*"],
               "options": {"missing-close": {"Text": "x", "Number": 3, "Flag": true}}},
    "headerFilter": "^src/.*\\.h$", "exclude": ["third_party/*"],
    "kinds": 1, "functions": 2})",
                   C),
              IsEmpty());
  EXPECT_EQ(C.File, "handrail.json");
  EXPECT_THAT(C.ModelFiles, ElementsAre("m/a.json", "/abs/b.json"));
  EXPECT_THAT(C.CheckGlobs, ElementsAre("*", "-raw-*"));
  EXPECT_THAT(C.CheckOptions, ElementsAre(Pair("missing-close", ElementsAre(Pair("Flag", "true"),
                                                                            Pair("Number", "3"),
                                                                            Pair("Text", "x")))));
  EXPECT_EQ(C.HeaderFilter, "^src/.*\\.h$");
  EXPECT_THAT(C.Exclude, ElementsAre("third_party/*"));
}

TEST(ProjectConfig, EverythingIsOptional) {
  ProjectConfig C;
  EXPECT_THAT(read(R"({"version": 1})", C), IsEmpty());
  EXPECT_THAT(C.CheckGlobs, IsEmpty());
  EXPECT_FALSE(C.HeaderFilter);
}

TEST(ProjectConfig, Errors) {
  ProjectConfig C;
  EXPECT_THAT(
      read(R"({"models": "a.json",
"exclude": ["ok", "a[", 1],
"headerFilter": "a(",
"checks": {"select": "*", "options": {"c": {"o": []}, "d": 1}, "selct": []}})",
           C),
      ElementsAre(
          "handrail.json:1:12: error: 'models' must be an array, found string 'a.json' [at "
          "/models]",
          testing::StartsWith("handrail.json:2:19: error: 'a[' is no glob: invalid glob pattern"),
          "handrail.json:2:25: error: element of 'exclude' must be a string, found number 1 [at "
          "/exclude/2]",
          "handrail.json:3:17: error: 'a(' is no regular expression: parentheses not balanced [at "
          "/headerFilter]",
          "handrail.json:4:64: error: unknown key 'selct' in 'checks'; did you mean 'select'? "
          "allowed: 'select' or 'options' [at /checks/selct]",
          "handrail.json:4:22: error: 'select' must be an array, found string '*' [at "
          "/checks/select]",
          "handrail.json:4:50: error: an option must be a string, an integer, true or false, found "
          "an empty array [at /checks/options/c/o]",
          "handrail.json:4:60: error: options of a check must be an object, found number 1 [at "
          "/checks/options/d]"));
  EXPECT_THAT(C.Exclude, ElementsAre("ok"));
}

TEST(ProjectConfig, WhatIsNoObjectIsLeftToTheModelReader) {
  ProjectConfig C;
  EXPECT_THAT(read("{", C), IsEmpty());
  EXPECT_THAT(read("[1]", C), IsEmpty());
  EXPECT_THAT(read(R"({"exclude": [], "exclude": []})", C), IsEmpty());
}

TEST(LoadProject, ListedFilesComeBeforeTheFileItself) {
  TemporaryFolder Folder;
  std::string A =
      Folder.write("models/a.json", R"({"version": 1, "functions": [{"names": ["f", "g"]}]})");
  std::string Main = Folder.write("handrail.json", R"({"version": 1, "models": ["models/a.json"],
    "functions": [{"names": ["f"]}]})");
  ProjectConfig C;
  std::vector<ModelSource> Sources;
  EXPECT_TRUE(loadProject(Main, C, Sources).empty());
  Read R = readAll(Sources);
  EXPECT_THAT(R.Errors, IsEmpty());
  EXPECT_EQ(R.function("f").Source, Main + ":2");
  EXPECT_EQ(R.function("g").Source, A + ":1");
}

TEST(LoadProject, MissingFilesAreErrors) {
  TemporaryFolder Folder;
  std::string Main = Folder.write("handrail.json", R"({"version": 1, "models": ["no.json"]})");
  ProjectConfig C;
  std::vector<ModelSource> Sources;
  auto Errors = loadProject(Main, C, Sources);
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_EQ(Errors[0].str(),
            Folder.path("no.json") + ": error: cannot read: No such file or directory");
  EXPECT_EQ(Sources.size(), 1u);
  Errors = loadProject(Folder.path("none/handrail.json"), C, Sources);
  ASSERT_EQ(Errors.size(), 1u);
  EXPECT_EQ(Errors[0].File, Folder.path("none/handrail.json"));
}

TEST(FindProjectModel, NearestFolderUpward) {
  TemporaryFolder Folder;
  std::string Outer = Folder.write("handrail.json", "{}");
  std::string Inner = Folder.write("lib/handrail.json", "{}");
  Folder.write("src/deep/handrail.json/not-a-file", "");
  EXPECT_EQ(findProjectModel(Folder.path("lib/x/y/a.c")), Inner);
  EXPECT_EQ(findProjectModel(Folder.path("lib/a.c")), Inner);
  EXPECT_EQ(findProjectModel(Folder.path("src/deep/a.c")), Outer);
  EXPECT_EQ(findProjectModel(Folder.path("lib/../src/a.c")), Outer);
}

} // namespace
