// The report in the page:
//   project, version      of what was analysed; of Handrail
//   owned                 whether there is a CODEOWNERS file
//   files                 path, owners; functions: [first line, line of the brace, last line,
//                         name]; lines: runs of [number of the first, text, text, …]
//   checks                by id: summary, page (Markdown), path: whether notes are steps in the
//                         order of execution, and not places beside the finding
//   findings              check, message, severity, confidence, function, kind, callee,
//                         fingerprint; at: a place; notes: [a place, depth, message];
//                         fix: description, file, lines: [" ", "-" or "+", number, text]
//   errors                message, file, line
// A place is five numbers: file, line, from, end line, to. Lines count from 1; from and to
// are UTF-16 units from 0 in a line as it stands here. Members without content are left out.
const report = dataOf("report");

const Severities = ["error", "warning", "note"], Confidences = ["certain", "likely", "possible"];
const Assumed = {
  certain: "nothing was assumed",
  likely: "a branch was taken on an unknown value",
  possible: "an unknown function or a loop lies in between",
};
const Unowned = "unowned";

const placeOf = ([file, line, from, endLine, to]) => ({ file, line, from, endLine, to });
const pathOf = (place) => report.files[place.file].path || "";
const placeText = (place) => pathOf(place) + (place.line ? ":" + place.line : "");

const findings = report.findings.map((data, index) => {
  const at = placeOf(data.at), file = report.files[at.file];
  return {
    ...data, index, at,
    id: data.fingerprint || "n" + (index + 1),
    path: file.path || "",
    function: data.function || "",
    owners: file.owners.length ? file.owners : [Unowned],
    rank: Severities.indexOf(data.severity) * 10 + Confidences.indexOf(data.confidence),
    length: data.notes.length + 1,
  };
});
const byFinding = new Map(findings.map((f) => [f.id, f]));

/** What happens, in order; the last step is what the finding is about. */
function stepsOf(finding) {
  const steps = finding.notes.map((note) => ({ ...placeOf(note), depth: note[5], message: note[6] }));
  steps.push({ ...finding.at, depth: 0, message: finding.message, last: true });
  steps.forEach((step, i) => (step.number = i + 1));
  return steps;
}

const checkOf = (finding) => (Object.hasOwn(report.checks, finding.check) ? report.checks[finding.check] : {});

/** The lines of a file that are in the page, by number. */
const linesOf = (() => {
  const known = new Map();
  return (file) => {
    if (!known.has(file)) {
      const lines = new Map();
      for (const [first, ...texts] of report.files[file].lines) texts.forEach((text, i) => lines.set(first + i, text));
      known.set(file, lines);
    }
    return known.get(file);
  };
})();

/** [first line, line of the brace, last line, name], or nothing. */
const functionAround = (file, line) => report.files[file].functions.find(([first, , last]) => first <= line && line <= last);

// ---- what is looked at: in the fragment of the address, so that it can be linked to ----

const Defaults = { q: "", check: "", severity: "", confidence: "", file: "", owner: "", by: "check", f: "", s: "" };
const state = { ...Defaults };

function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(Defaults)) state[name] = given.get(name) ?? Defaults[name];
  if (!["check", "file", "owner"].includes(state.by)) state.by = Defaults.by;
}

/** The fragment for the state with some changes. */
function linkTo(changes) {
  const wanted = { ...state, ...changes }, parts = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value !== Defaults[name]) parts.set(name, value);
  return "#" + parts;
}

/** Changes the state where that is no step back to. */
function replaceState(changes) {
  Object.assign(state, changes);
  history.replaceState(null, "", linkTo({}));
}

// ---- filter ----

/** Whether a path fits a glob, part of one or a whole one; every text is a glob. */
function pathFilter(glob) {
  if (!glob) return () => true;
  if (!/[*?]/.test(glob)) return (path) => path.includes(glob);
  const pattern = glob.replace(/\*\*\/?|[*?]|[^*?]/gsu, (c) =>
    c.startsWith("**") ? ".*" : c === "*" ? "[^/]*" : c === "?" ? "[^/]" : c.replace(/[\\^$.|+()[\]{}]/, "\\$&"));
  const whole = new RegExp(`(?:^|/)${pattern.replace(/^\//, "")}(?:$|/)`, "su");
  return (path) => whole.test(path);
}

function textOf(finding) {
  finding.text ??= [finding.message, finding.path, finding.function, finding.check, finding.kind, finding.callee, finding.id,
    ...finding.notes.map((n) => n[6])].filter(Boolean).join("\n").toLowerCase();
  return finding.text;
}

/** Those that the filter leaves, in the report's order. */
function filtered() {
  const words = state.q.toLowerCase().split(/\s+/), fits = pathFilter(state.file);
  return findings.filter((f) =>
    (!state.check || f.check === state.check) && (!state.severity || f.severity === state.severity) &&
    (!state.confidence || f.confidence === state.confidence) && (!state.owner || f.owners.includes(state.owner)) &&
    fits(f.path) && words.every((word) => textOf(f).includes(word)));
}
