#include "lib/Report/ReadJson.h"
#include "lib/Report/Json.h"
#include "lib/Support/Paths.h"
#include "llvm/Support/JSON.h"

namespace handrail {

namespace json = llvm::json;

/// A member that counts from 0 or is absent.
static bool number(json::ObjectMapper &Map, llvm::StringLiteral Name, uint32_t &Out, json::Path P) {
  int64_t Given = Out;
  if (!Map.mapOptional(Name, Given))
    return false;
  if (Given < 0 || Given > UINT32_MAX) {
    P.field(Name).report("expected a number that is not negative");
    return false;
  }
  Out = uint32_t(Given);
  return true;
}

// LLVM's reader finds these by the type.
bool fromJSON(const json::Value &V, Location &Out, json::Path P) {
  json::ObjectMapper Map(V, P);
  return Map && Map.map("file", Out.File) && number(Map, "line", Out.Line, P) &&
         number(Map, "column", Out.Col, P) && number(Map, "endLine", Out.EndLine, P) &&
         number(Map, "endColumn", Out.EndCol, P);
}

bool fromJSON(const json::Value &V, Note &Out, json::Path P) {
  json::ObjectMapper Map(V, P);
  return Map && Map.map("message", Out.Message) && Map.map("location", Out.Loc) &&
         number(Map, "depth", Out.Depth, P);
}

bool fromJSON(const json::Value &V, AcquireStep &Out, json::Path P) {
  json::ObjectMapper Map(V, P);
  return Map && Map.map("location", Out.Loc) && Map.mapOptional("function", Out.Function) &&
         Map.mapOptional("callee", Out.Callee);
}

/// One of a few words.
template <class T, size_t N>
static bool word(llvm::StringRef Given, const T (&Values)[N], llvm::StringRef (*NameOf)(T), T &Out,
                 json::Path P) {
  for (T Value : Values)
    if (NameOf(Value) == Given) {
      Out = Value;
      return true;
    }
  P.report("unknown word");
  return false;
}

bool fromJSON(const json::Value &V, Finding &Out, json::Path P) {
  json::ObjectMapper Map(V, P);
  std::string Origin, Sev, Conf;
  if (!Map || !Map.map("check", Out.Check) || !Map.map("message", Out.Message) ||
      !Map.map("location", Out.Loc) || !Map.map("severity", Sev) || !Map.map("confidence", Conf) ||
      !Map.map("origin", Origin) || !Map.mapOptional("function", Out.Function) ||
      !Map.mapOptional("kind", Out.Kind) || !Map.mapOptional("acquiredBy", Out.Callee) ||
      !Map.mapOptional("fingerprint", Out.Fingerprint) ||
      !Map.mapOptional("acquired", Out.Acquired) || !Map.map("notes", Out.Notes))
    return false;
  Out.FromRun = Origin == "runtime";
  return word(Sev, {Severity::Note, Severity::Warning, Severity::Error}, report::severityName,
              Out.Sev, P.field("severity")) &&
         word(Conf, {Confidence::Certain, Confidence::Likely, Confidence::Possible},
              report::confidenceName, Out.Conf, P.field("confidence"));
}

namespace report {

llvm::Expected<std::vector<Finding>> readJson(llvm::StringRef Text, llvm::StringRef FileName,
                                              llvm::StringRef WorkingDirectory) {
  auto Wrong = [&](llvm::Error Why) {
    return llvm::createStringError(FileName + ": " + llvm::toString(std::move(Why)));
  };
  llvm::Expected<json::Value> Parsed = json::parse(Text);
  if (!Parsed)
    return Wrong(Parsed.takeError());
  const json::Object *Object = Parsed->getAsObject();
  if (!Object || !Object->getObject("tool") || !Object->get("findings"))
    return Wrong(llvm::createStringError("not a report of handrail check --format=json"));
  if (Object->getInteger("version") != JsonVersion)
    return Wrong(llvm::createStringError("a report of another version of Handrail"));
  std::vector<Finding> Findings;
  json::Path::Root Root("findings");
  if (!fromJSON(*Object->get("findings"), Findings, Root))
    return Wrong(Root.getError());
  auto Place = [&](Location &L) {
    if (!L.File.empty())
      L.File = absolutePath(L.File, WorkingDirectory);
  };
  for (Finding &F : Findings) {
    llvm::StringRef Check = F.Check;
    if (Check.consume_front("handrail-"))
      F.Check = Check.str();
    Place(F.Loc);
    for (Note &N : F.Notes)
      Place(N.Loc);
    for (AcquireStep &A : F.Acquired)
      Place(A.Loc);
  }
  return Findings;
}

} // namespace report
} // namespace handrail
