#include "lib/Support/Sarif.h"
#include "lib/Support/Paths.h"
#include "llvm/ADT/StringExtras.h"

namespace handrail::sarif {

/// What relative URIs are relative to.
constexpr llvm::StringLiteral SourceRoot = "%SRCROOT%";

static std::string percentEncoded(llvm::StringRef Path) {
  std::string Result;
  for (char C : Path)
    if (llvm::isAlnum(C) || llvm::StringRef("/-._~+,@").contains(C))
      Result += C;
    else
      Result += "%" + llvm::toHex(llvm::StringRef(&C, 1));
  return Result;
}

std::string uri(llvm::StringRef Path, llvm::StringRef Directory) {
  const std::string Shown = displayPath(Path, Directory);
  return (llvm::StringRef(Shown).starts_with("/") ? "file://" : "") + percentEncoded(Shown);
}

static std::string directoryUri(llvm::StringRef Directory) {
  return "file://" + percentEncoded(Directory) + (Directory.ends_with("/") ? "" : "/");
}

llvm::StringRef lastName(llvm::StringRef Qualified) {
  // What follows `operator` may hold any of the characters below.
  if (size_t At = Qualified.rfind("::operator"); At != llvm::StringRef::npos)
    return Qualified.drop_front(At + 2);
  unsigned Open = 0; // brackets of template arguments and parameters
  for (size_t I = Qualified.size(); I-- > 0;) {
    char C = Qualified[I];
    if (C == '>' || C == ')')
      ++Open;
    else if ((C == '<' || C == '(') && Open)
      --Open;
    else if (C == ':' && !Open && I > 0 && Qualified[I - 1] == ':')
      return I + 1 < Qualified.size() ? Qualified.drop_front(I + 1) : Qualified;
  }
  return Qualified;
}

void Writer::log(const Run &R) {
  J.object([&] {
    J.attribute("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    J.attribute("version", "2.1.0");
    J.attributeArray("runs", [&] {
      J.object([&] {
        J.attributeObject("tool", [&] {
          J.attributeObject("driver", [&] {
            J.attribute("name", "handrail");
            text("version", R.ToolVersion);
            J.attributeArray("rules", [&] {
              for (const Rule &Each : R.Rules)
                J.object([&] { rule(Each); });
            });
          });
        });
        J.attributeArray("invocations", [&] { J.object([&] { invocation(R); }); });
        J.attributeObject("originalUriBaseIds", [&] {
          J.attributeObject(SourceRoot,
                            [&] { J.attribute("uri", directoryUri(WorkingDirectory)); });
        });
        J.attribute("columnKind", "utf16CodeUnits");
        J.attributeArray("results", R.Results);
      });
    });
  });
  J.flush();
}

void Writer::rule(const Rule &R) {
  text("id", R.Id);
  message(R.Short, "shortDescription");
  message(R.Full, "fullDescription");
  J.attributeObject("help", [&] {
    text("text", R.Help);
    text("markdown", R.Help);
  });
  J.attributeObject("defaultConfiguration", [&] {
    J.attribute("level", R.Level);
    if (!R.OnByDefault)
      J.attribute("enabled", false);
  });
  J.attributeObject("properties", [&] {
    if (!R.Precision.empty())
      J.attribute("precision", R.Precision);
    J.attribute("problem.severity", R.Level == "note" ? "recommendation" : R.Level);
    if (!R.Tags.empty())
      J.attributeArray("tags", [&] {
        for (const std::string &Tag : R.Tags)
          J.value(Tag);
      });
  });
}

void Writer::invocation(const Run &R) {
  J.attribute("executionSuccessful", R.Successful);
  J.attributeObject("workingDirectory",
                    [&] { J.attribute("uri", directoryUri(WorkingDirectory)); });
  if (R.Notifications.empty())
    return;
  J.attributeArray("toolExecutionNotifications", [&] {
    for (const Notification &N : R.Notifications)
      J.object([&] {
        J.attribute("level", N.Level);
        message(N.Message);
        if (!N.Where.File.empty())
          J.attributeArray("locations", [&] { J.object([&] { physicalLocation(N.Where); }); });
      });
  });
}

void Writer::message(llvm::StringRef Text, llvm::StringRef Key) {
  J.attributeObject(Key, [&] { text("text", Text); });
}

void Writer::artifact(llvm::StringRef File) {
  J.attributeObject("artifactLocation", [&] {
    const std::string Uri = File.empty() ? "." : uri(File, WorkingDirectory);
    J.attribute("uri", Uri);
    if (!llvm::StringRef(Uri).starts_with("file://"))
      J.attribute("uriBaseId", SourceRoot);
  });
}

void Writer::physicalLocation(const Place &Where) {
  J.attributeObject("physicalLocation", [&] {
    artifact(Where.File);
    J.attributeObject("region", [&] { region(Where); });
  });
}

void Writer::region(const Place &Where) {
  J.attribute("startLine", std::max(Where.Line, 1u));
  if (!Where.Line || !Where.Column)
    return;
  J.attribute("startColumn", column(Where, Where.Line, Where.Column));
  if (!Where.EndLine || !Where.EndColumn)
    return;
  J.attribute("endLine", Where.EndLine);
  J.attribute("endColumn", column(Where, Where.EndLine, Where.EndColumn));
}

/// Without the source, a column in bytes stays, which is right where all is ASCII.
uint32_t Writer::column(const Place &Where, uint32_t Line, uint32_t Column) {
  auto Source = Sources.line(absolutePath(Where.File, WorkingDirectory), Line);
  if (!Source || Column - 1 > Source->size())
    return Column;
  return uint32_t(utf16Length(Source->take_front(Column - 1))) + 1;
}

void Writer::logicalLocation(llvm::StringRef Function) {
  J.attributeArray("logicalLocations", [&] {
    J.object([&] {
      text("name", lastName(Function));
      text("fullyQualifiedName", Function);
      J.attribute("kind", "function");
    });
  });
}

void Writer::byteRegion(llvm::StringRef Key, llvm::StringRef File, uint32_t Offset,
                        uint32_t Length) {
  J.attributeObject(Key, [&] {
    auto Text = Sources.text(absolutePath(File, WorkingDirectory));
    if (!Text || size_t(Offset) + Length > Text->size()) {
      J.attribute("byteOffset", Offset);
      J.attribute("byteLength", Length);
      return;
    }
    auto Position = [&](llvm::StringRef LineKey, llvm::StringRef ColumnKey, size_t At) {
      llvm::StringRef Before = Text->take_front(At);
      J.attribute(LineKey, int64_t(Before.count('\n') + 1));
      J.attribute(ColumnKey, int64_t(utf16Length(Before.substr(Before.rfind('\n') + 1)) + 1));
    };
    Position("startLine", "startColumn", Offset);
    Position("endLine", "endColumn", size_t(Offset) + Length);
  });
}

} // namespace handrail::sarif
