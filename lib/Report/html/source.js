// ---- lines of C and C++ ----

const Keywords = new Set(("alignas alignof asm auto break case catch class co_await co_return co_yield concept const consteval " +
  "constexpr constinit const_cast continue decltype default delete do dynamic_cast else enum explicit export extern false final " +
  "for friend goto if inline mutable namespace new noexcept nullptr NULL operator override private protected public register " +
  "reinterpret_cast requires restrict return sizeof static static_assert static_cast struct switch template this thread_local " +
  "throw true try typedef typeid typename union using virtual volatile while").split(" "));
const Types = new Set(("bool char double float int long short signed unsigned void wchar_t char8_t char16_t char32_t size_t " +
  "ssize_t FILE DIR int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t intptr_t off_t pid_t").split(" "));
const Token = /\/\/.*|\/\*.*?(?:\*\/|$)|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|^\s*#\s*\w+|[A-Za-z_]\w*|\.?\d(?:[\w.]|'\w)*/g;

function lookOf(text, rest) {
  if (text.startsWith("//") || text.startsWith("/*")) return "comment";
  if (/^["']/.test(text)) return "string";
  if (/^\s*#/.test(text)) return "keyword";
  if (/^[.\d]/.test(text)) return "number";
  if (Keywords.has(text)) return "keyword";
  if (Types.has(text) || text.endsWith("_t")) return "type";
  return /^\s*\(/.test(rest) ? "call" : "";
}

/** Pieces of a line: [from, to, look]; `inside` says whether a comment goes on from above. */
function tokens(text, inside) {
  const found = [];
  let at = 0;
  if (inside) {
    const end = text.indexOf("*/");
    at = end < 0 ? text.length : end + 2;
    found.push([0, at, "comment"]);
    if (end < 0) return { found, inside: true };
  }
  Token.lastIndex = at;
  for (let match; (match = Token.exec(text));) {
    const to = match.index + match[0].length, look = lookOf(match[0], text.slice(to, to + 8));
    if (look) found.push([match.index, to, look]);
    if (match[0].startsWith("/*") && (match[0].length < 4 || !match[0].endsWith("*/"))) return { found, inside: true };
  }
  return { found, inside: false };
}

/** A line as elements: tokens, and the ranges of steps on it as marks. */
function codeOf(text, found, ranges) {
  const cuts = new Set([0, text.length]);
  for (const [from, to] of [...found, ...ranges]) cuts.add(Math.min(from, text.length)).add(Math.min(to, text.length));
  const edges = [...cuts].sort((a, b) => a - b), pieces = [];
  for (let i = 0; i + 1 < edges.length; ++i) {
    const [from, to] = [edges[i], edges[i + 1]], covers = ([a, b]) => a <= from && to <= b;
    const look = found.find(covers)?.[2], marks = ranges.filter(covers).map(([, , number]) => number), part = text.slice(from, to);
    if (marks.length) pieces.push(el("mark", { class: look, "data-steps": marks.join(" ") }, part));
    else pieces.push(look ? el("span", { class: look }, part) : part);
  }
  return pieces;
}

/** Where a step lies on one of its lines; of a range that goes on, the first line alone. */
function rangeOn(step, text) {
  const from = Math.min(step.from, Math.max(0, text.length - 1));
  if (step.endLine === step.line && step.to > from) return [from, step.to, step.number];
  if (step.endLine > step.line) return [from, text.trimEnd().length, step.number];
  return [from, from + (/^\w+/.exec(text.slice(from)) || ["x"])[0].length, step.number];
}
