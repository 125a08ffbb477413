// ---- the list: groups of findings, filled when they are opened ----

const RowsAtOnce = 100, OpenBelow = 60;
const opened = new Map(); // what the user did to a group, by its key

const byRank = (all) => [...all].sort((a, b) => a.rank - b.rank || a.index - b.index);

/** [[value, findings]] */
function groupedBy(all, valuesOf) {
  const groups = new Map();
  for (const f of all)
    for (const value of valuesOf(f)) {
      if (!groups.has(value)) groups.set(value, []);
      groups.get(value).push(f);
    }
  return [...groups];
}

/** Directories first. */
const inTree = (a, b) => (b.inner.length > 0) - (a.inner.length > 0) || (a.key < b.key ? -1 : 1);

/** A tree of directories; a directory that holds nothing but another one is one with it. */
function fileTree(all) {
  const root = { name: "", key: "", inner: new Map(), findings: [], count: 0 };
  for (const f of all) {
    let node = root;
    const parts = f.path.split(/(?<=.\/)/); // the slash stays: "src/", "a.c"
    for (const part of parts) {
      if (!node.inner.has(part)) node.inner.set(part, { name: part, key: node.key + part, inner: new Map(), findings: [], count: 0 });
      node = node.inner.get(part);
      ++node.count;
    }
    node.findings.push(f);
  }
  const joined = (node) => {
    const inner = [...node.inner.values()];
    if (inner.length === 1 && node.name && inner[0].inner.size) return joined({ ...inner[0], name: node.name + inner[0].name });
    return { ...node, inner: inner.map(joined).sort(inTree) };
  };
  return joined(root).inner;
}

function groupsOf(all) {
  const node = ([name, found], summary) => ({ name, key: name, summary, inner: [], findings: found, count: found.length });
  if (state.by === "file") return fileTree(all);
  if (state.by === "owner")
    return groupedBy(all, (f) => f.owners).sort(([a], [b]) => (a === Unowned) - (b === Unowned) || (a < b ? -1 : 1)).map((g) => node(g));
  return groupedBy(all, (f) => [f.check]).sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .map((g) => node(g, checkOf(g[1][0]).summary));
}

const severityTag = (f) => el("span", { class: "tag " + { error: "bad", warning: "warn" }[f.severity] }, f.severity);

function row(f) {
  const where = [f.function, (state.by === "file" ? "line " + f.at.line : placeText(f.at)), state.by !== "check" && f.check,
    f.notes.length && (checkOf(f).path ? counted(f.length, "step") : counted(f.notes.length, "note")), f.confidence, f.fix && "has a fix"].filter(Boolean);
  return el("li", {}, el("a", { class: "row", href: linkTo({ f: f.id, s: "" }) },
    severityTag(f), el("span", {}, el("span", { class: "message" }, f.message), el("span", { class: "where" }, where.join(" · ")))));
}

function rows(all) {
  const list = el("ul", { class: "rows" });
  const sorted = byRank(all);
  let shown = 0;
  const more = el("button", { type: "button", class: "link", onclick: () => { const from = list.children.length; add(); list.children[from].firstChild.focus(); } });
  const add = () => {
    list.append(...sorted.slice(shown, shown + RowsAtOnce).map(row));
    shown = Math.min(shown + RowsAtOnce, sorted.length);
    more.textContent = `show ${counted(Math.min(RowsAtOnce, sorted.length - shown), "more", "more")} of ${sorted.length - shown}`;
    more.hidden = shown === sorted.length;
  };
  add();
  return [list, more];
}

/** The rank of the most severe finding in a group. */
const worstOf = (group) => [...group.findings.map((f) => f.rank), ...group.inner.map(worstOf)].reduce((a, b) => Math.min(a, b), Infinity);

/** A group; those in it are open, too, when the list is short. */
function renderGroup(group, open, isShort) {
  const key = state.by + ":" + group.key;
  const worst = worstOf(group);
  const box = el("details", { class: "group" }, el("summary", {},
    el("span", { class: "name" }, group.name), group.summary ? el("span", { class: "summary" }, group.summary) : "",
    el("span", { class: "count " + (worst < 10 ? "bad" : worst < 20 ? "warn" : ""), "aria-label": counted(group.count, "finding") }, group.count.toLocaleString("en"))));
  const fill = () => {
    if (box.children.length > 1) return;
    box.append(...group.inner.map((inner) => renderGroup(inner, isShort || group.inner.length === 1, isShort)), ...(group.findings.length ? rows(group.findings) : []));
  };
  box.addEventListener("toggle", () => { if (box.open) fill(); opened.set(key, box.open); });
  if (opened.get(key) ?? open) {
    fill();
    box.open = true;
  }
  return box;
}


function renderList() {
  const all = filtered(), groups = groupsOf(all);
  const isShort = all.length <= OpenBelow;
  byId("groups").replaceChildren(...groups.map((group) => renderGroup(group, isShort || group === groups[0], isShort)));
  if (!all.length) byId("groups").append(el("p", { class: "empty" }, findings.length ? "Nothing matches the filter." : "Nothing was found."));
  byId("matches").textContent = all.length === findings.length ? counted(all.length, "finding") : `${all.length.toLocaleString("en")} of ${counted(findings.length, "finding")}`;
}

const Fields = { search: "q", check: "check", severity: "severity", confidence: "confidence", file: "file", owner: "owner" };

/** Fields of the form show the state, whoever changed it. */
function showFilter() {
  for (const [id, name] of Object.entries(Fields)) if (byId(id).value !== state[name]) byId(id).value = state[name];
  for (const radio of document.querySelectorAll("[name=by]")) radio.checked = radio.value === state.by;
}

function setUpList() {
  const distinct = (of) => [...new Set(findings.flatMap(of))].sort();
  fillSelect("check", distinct((f) => f.check));
  fillSelect("severity", Severities.filter((s) => findings.some((f) => f.severity === s)));
  fillSelect("confidence", Confidences.filter((c) => findings.some((f) => f.confidence === c)));
  fillSelect("owner", [...distinct((f) => f.owners).filter((o) => o !== Unowned), Unowned]);
  byId("owner-label").hidden = byId("by-owner").hidden = !report.owned;
  for (const [id, name] of Object.entries(Fields))
    byId(id).addEventListener(byId(id).tagName === "SELECT" ? "change" : "input", () => { replaceState({ [name]: byId(id).value }); renderList(); });
  for (const radio of document.querySelectorAll("[name=by]"))
    radio.addEventListener("change", () => { replaceState({ by: radio.value }); renderList(); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    replaceState({ ...Defaults, by: state.by });
    showFilter();
    renderList();
  });
}

/** Moves the focus to the row or group below or above. */
function moveFocus(by) {
  const stops = [...byId("groups").querySelectorAll("summary, a.row")].filter((stop) => stop.checkVisibility());
  const at = stops.indexOf(document.activeElement);
  (at < 0 ? stops[0] : stops[Math.min(Math.max(0, at + by), stops.length - 1)])?.focus();
}
