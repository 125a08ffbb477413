// Shows the report that is in the page: the document that docs/ledger.md describes, the
// lines of source around its frames, and what the rules mean.
const [report, sources, rules] = ["report", "sources", "rules"].map(dataOf);
const list = (name) => report[name] || [];

// ---- words ----

function duration(ms) {
  if (ms < 1000) return `${ms} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
}

const hex = (value) => "0x" + BigInt(value).toString(16);
const number = (value) => (BigInt(value) > 0xffffffffn ? hex(value) : String(value));
const moduleOf = (frame) => (frame.module === undefined ? "" : report.modules[frame.module].path || "");
const placeOf = (frame) => (frame.file ? frame.file + (frame.line ? ":" + frame.line : "") : "");
const shortPlace = (frame) => (frame.file ? baseName(placeOf(frame)) : baseName(moduleOf(frame)));

function frameName(frame) {
  if (frame.function) return frame.function;
  const module = baseName(moduleOf(frame));
  return (module ? module + "+" : "") + hex(frame.offset || 0);
}

const commandOf = (process) => (process.command || []).join(" ") || "a program";
const programs = new Set(list("processes").map((p) => baseName((p.command || [""])[0])));
/** Frames of the program itself, or of no known module. */
const isOwn = (frame) => frame.module === undefined ? Boolean(frame.file) : programs.has(baseName(moduleOf(frame)));
const framesOf = (stack) => (stack === undefined ? [] : (report.stacks[stack].frames || []).map((f) => report.frames[f]));

function endOf(process) {
  const status = process.status || 0;
  switch (process.end) {
    case "exited": return status < 0 ? "exited" : `exit status ${status}`;
    case "aborted": return "aborted";
    case "killed": return status < 0 ? "killed" : `killed by signal ${status}`;
    case "execed": return "executed another program";
    default: return "running";
  }
}

// ---- entries: leaks and misuses in one form ----

function stateOf(group, gone) {
  if (gone) return "gone";
  if (!report.compared) return "";
  const before = group.before || 0;
  if (!before) return "new";
  return group.count > before ? "grown" : group.count < before ? "fewer" : "same";
}

function entryOf(group, isLeak, gone) {
  const steps = isLeak ? (group.opened === undefined ? [] : [{ role: "opened", stack: group.opened }]) : group.steps || [];
  const frames = steps.flatMap((step) => framesOf(step.stack));
  const main = framesOf(steps.length ? steps[0].stack : undefined);
  const at = main.find((f) => isOwn(f) && f.file) || main.find((f) => f.file) || main[0];
  const names = isLeak ? (group.names || []).map((n) => n.text) : [group.name || ""];
  const rule = isLeak ? "leak" : group.rule;
  return {
    group, isLeak, steps, rule, at, names,
    kind: group.type || group.kind || "",
    count: group.count || 1,
    age: isLeak ? group.oldest_ms || 0 : 0,
    test: group.test || "",
    state: stateOf(group, gone),
    place: at ? frameName(at) : group.site || (group.untraced ? "nobody saw it opened" : "unknown place"),
    text: [rule, group.kind, group.type, group.owner, group.test, group.site, group.detail, group.call, ...names,
      ...frames.flatMap((f) => [f.function, f.file, moduleOf(f)])].filter(Boolean).join("\n").toLowerCase(),
  };
}

const entries = [
  ...list("leaks").map((g) => entryOf(g, true, false)),
  ...list("misuses").map((g) => entryOf(g, false, false)),
  ...list("fixed_leaks").map((g) => entryOf(g, true, true)),
  ...list("fixed_misuses").map((g) => entryOf(g, false, true)),
];
const isThere = (entry) => entry.state !== "gone";
const sum = (all, of) => all.reduce((total, one) => total + of(one), 0);

// ---- head ----

function renderHead() {
  const processes = list("processes");
  const title = processes.length ? commandOf(processes[0]) : "no process";
  byId("title").textContent = title;
  const first = processes[0] || {};
  const ran = first.ended > first.started ? ` after ${duration(first.ended - first.started)}` : "";
  byId("subtitle").textContent = processes.length > 1
    ? `${counted(processes.length, "process", "processes")}; the first: ${endOf(first)}${ran}`
    : `process ${first.id || "?"}: ${endOf(first)}${ran}`;

  const leaks = entries.filter((e) => e.isLeak && isThere(e)), misuses = entries.filter((e) => !e.isLeak && isThere(e));
  addTile(sum(leaks, (e) => e.count), `handles leaked at ${counted(leaks.length, "place")}`, "warn");
  addTile(sum(misuses, (e) => e.count), `misuses at ${counted(misuses.length, "place")}`, "bad");
  if (report.compared) {
    const inState = (...states) => entries.filter((e) => states.includes(e.state)).length;
    addTile(inState("new"), "new places", "bad");
    addTile(inState("grown"), "grown", "warn");
    addTile(inState("gone", "fewer"), "gone or fewer", "good");
  }
  const used = list("suppressions").filter((s) => s.state === "used");
  if (list("suppressions").length) addTile(sum(used, (s) => s.groups), "places suppressed");
  if (report.known) addTile(report.known, "known from the baseline");
  const oldest = leaks.reduce((most, e) => Math.max(most, e.age), 0);
  if (oldest) addTile(duration(oldest), "age of the oldest handle");
}

// ---- filter ----

const filter = { search: "", kind: "", test: "", state: "" };

const matches = (entry) =>
  (!filter.kind || entry.kind === filter.kind) &&
  (!filter.test || entry.test === filter.test) &&
  (!filter.state || entry.state === filter.state) &&
  filter.search.toLowerCase().split(/\s+/).every((word) => entry.text.includes(word));

function setUpFilters() {
  const distinct = (of) => [...new Set(entries.map(of))].filter(Boolean).sort();
  fillSelect("kind", distinct((e) => e.kind));
  fillSelect("test", distinct((e) => e.test));
  fillSelect("state", ["new", "grown", "same", "fewer", "gone"].filter((s) => entries.some((e) => e.state === s)));
  byId("state-label").hidden = !report.compared;
  byId("test").disabled = !entries.some((e) => e.test);
  for (const id of Object.keys(filter))
    byId(id).addEventListener(id === "search" ? "input" : "change", () => { filter[id] = byId(id).value; zoom = []; update(); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => {
    for (const id of Object.keys(filter)) filter[id] = "";
    zoom = [];
    setTimeout(update);
  });
}

// ---- graph ----

const RowHeight = 24, SmallestShare = 0.002;
let zoom = []; // names from the root to the box that fills the width
let weight = "count";

const weightOf = (entry) => weight === "count" ? entry.count : entry.count * ((entry.age + (entry.group.newest_ms || 0)) / 2 || 1);

/** The tree of all stacks, outermost function first; below the innermost one the kind. */
function treeOf(leaks) {
  const root = { name: "all open handles", look: "", value: 0, count: 0, children: new Map(), entries: [] };
  for (const entry of leaks) {
    const frames = entry.steps.length ? framesOf(entry.steps[0].stack).reverse() : [];
    const path = frames.map((f) => ({ name: frameName(f), look: isOwn(f) ? "own" : "" }));
    path.push({ name: `[${entry.kind}]`, look: "kind " + entry.state });
    let node = root;
    const add = () => { node.value += weightOf(entry); node.count += entry.count; node.entries.push(entry); };
    add();
    for (const { name, look } of path) {
      if (!node.children.has(name)) node.children.set(name, { name, look, value: 0, count: 0, children: new Map(), entries: [] });
      node = node.children.get(name);
      add();
    }
  }
  return root;
}

const sorted = (node) => [...node.children.values()].sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));

function renderFlame(leaks) {
  const root = treeOf(leaks);
  let top = root;
  const shownZoom = [];
  for (const name of zoom) {
    if (!top.children.has(name)) break;
    top = top.children.get(name);
    shownZoom.push(name);
  }
  zoom = shownZoom;
  const boxes = [];
  let deepest = 0;
  (function place(node, path, row, left, share) {
    boxes.push({ node, path, row, left, share });
    deepest = Math.max(deepest, row);
    let x = left;
    for (const child of sorted(node)) {
      const width = (share * child.value) / node.value;
      if (width >= SmallestShare) place(child, [...path, child.name], row + 1, x, width);
      x += width;
    }
  })(top, zoom, 0, 0, 1);

  const flame = byId("flame");
  flame.style.height = `${(deepest + 1) * RowHeight}px`;
  flame.replaceChildren(...boxes.map((box, index) => boxButton(box, index, root)));
  byId("flame-section").hidden = !leaks.length;
  const up = (length) => () => { zoom = zoom.slice(0, length); update(); byId("flame").querySelector("button").focus(); };
  byId("crumbs").replaceChildren(...(zoom.length
    ? [el("button", { type: "button", onclick: up(0) }, "all"), ...zoom.slice(0, -1).flatMap((name, i) => [" › ", el("button", { type: "button", onclick: up(i + 1) }, name)]), " › " + zoom.at(-1)]
    : []));
}

function boxButton({ node, path, row, left, share }, index, root) {
  const percent = ((100 * node.value) / root.value).toFixed(1);
  const label = `${node.name}: ${counted(node.count, "handle")}, ${percent} %`;
  const button = el("button", {
    type: "button", class: node.look, title: label, "aria-label": label, tabindex: index ? -1 : 0,
    style: `left:${100 * left}%;width:${100 * share}%;top:${row * RowHeight}px`,
    onclick: () => {
      const same = path.length === zoom.length;
      zoom = same ? path.slice(0, -1) : path;
      update();
      byId("flame").querySelector("button").focus({ preventScroll: true });
      showNode(node);
    },
    onfocus: () => byId("flame").querySelectorAll("button").forEach((b) => (b.tabIndex = b === button ? 0 : -1)),
  }, share > 0.02 ? node.name : "");
  button.box = { row, left, share };
  return button;
}

/** The box in the direction of an arrow key, or null. */
function neighbour(from, key) {
  const all = [...byId("flame").querySelectorAll("button")];
  const { row, left, share } = from.box;
  const on = (r) => all.filter((b) => b.box.row === r);
  const near = 1e-9;
  if (key === "ArrowDown") return on(row + 1).find((b) => b.box.left >= left - near && b.box.left < left + share);
  if (key === "ArrowUp") return on(row - 1).find((b) => b.box.left <= left + near && left < b.box.left + b.box.share);
  if (key === "ArrowRight") return on(row).find((b) => b.box.left > left + near);
  if (key === "ArrowLeft") return on(row).reverse().find((b) => b.box.left < left - near);
  return null;
}

function setUpFlame() {
  byId("flame").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && zoom.length) { zoom = []; update(); byId("flame").querySelector("button").focus(); return; }
    const next = event.target.box && neighbour(event.target, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  const legend = [["own", "the program's own code"], ["", "libraries"],
    ...(report.compared ? [["new", "new"], ["kind", "grown"], ["same", "known before"]] : [["kind", "kind of handle"]])];
  byId("legend").append(...legend.flatMap(([look, meaning]) => [el("span", { class: look }), meaning]));
  for (const radio of document.querySelectorAll("[name=weight]"))
    radio.addEventListener("change", () => { weight = radio.value; update(); });
}

// ---- tables ----

const RowLimit = 500;
const orders = {
  leaks: { column: "count", down: true, all: false },
  misuses: { column: "count", down: true, all: false },
};
const columns = {
  leaks: [["count", "Count", "number"], ["kind", "Kind"], ["place", "Opened in"], ["age", "Age", "number"], ["test", "Test"], ["state", "Change"]],
  misuses: [["count", "Count", "number"], ["rule", "Misuse"], ["kind", "Kind"], ["place", "In"], ["test", "Test"], ["state", "Change"]],
};

/** Only columns in which something stands. */
const columnsOf = (id) => columns[id].filter(([key]) =>
  !["test", "state", "age"].includes(key) || entries.some((e) => e.isLeak === (id === "leaks") && e[key]));

function cell(entry, key, look) {
  const content = {
    count: () => [entry.count.toLocaleString("en") + (entry.state && entry.state !== "new" && entry.state !== "gone" && entry.group.before !== entry.count
      ? ` (${entry.count > entry.group.before ? "+" : "−"}${Math.abs(entry.count - entry.group.before)})` : "")],
    kind: () => [el("span", { class: "tag" }, entry.kind)],
    rule: () => [el("span", { class: "tag misuse" }, entry.rule)],
    place: () => [
      el("button", { type: "button", class: "open", onclick: (event) => { event.stopPropagation(); showEntry(entry); } }, entry.place),
      el("div", { class: "where" }, [entry.at && shortPlace(entry.at), entry.names[0]].filter(Boolean).join(" · "))],
    age: () => [entry.age ? duration(entry.age) : ""],
    test: () => [entry.test],
    state: () => [entry.state ? el("span", { class: "tag " + entry.state }, entry.state) : ""],
  }[key]();
  return el("td", { class: look }, ...content);
}

function renderTable(id, rows) {
  const order = orders[id];
  const compare = (a, b) => {
    const [x, y] = [a[order.column], b[order.column]];
    return (x < y ? -1 : x > y ? 1 : 0) * (order.down ? -1 : 1);
  };
  const inOrder = [...rows].sort(compare); // stable: what is equal stays in the report's order
  const used = columnsOf(id);
  const head = el("tr", {}, ...used.map(([key, title, look]) => el("th", {
    class: look, scope: "col", "aria-sort": order.column === key ? (order.down ? "descending" : "ascending") : undefined,
  }, el("button", { type: "button", onclick: () => {
    order.down = order.column === key ? !order.down : look === "number";
    order.column = key;
    update();
    byId(id).querySelectorAll("th button")[used.findIndex(([k]) => k === key)].focus();
  } }, title))));
  const shown = order.all ? inOrder : inOrder.slice(0, RowLimit);
  const body = shown.map((entry) => {
    const row = el("tr", { class: entry === chosen ? "chosen" : "", onclick: () => showEntry(entry) }, ...used.map(([key, , look]) => cell(entry, key, look)));
    row.entry = entry;
    return row;
  });
  if (shown.length < inOrder.length)
    body.push(el("tr", {}, el("td", { colspan: used.length }, el("button", { type: "button", class: "link", onclick: () => { order.all = true; update(); } }, `show ${inOrder.length - shown.length} more`))));
  byId(id).replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
  const any = entries.some((e) => e.isLeak === (id === "leaks"));
  byId(id + "-section").hidden = !any && id === "misuses";
  if (!rows.length)
    byId(id).replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, any ? "Nothing matches the filter." : "Nothing leaked."))));
}

// ---- details ----

let chosen = null;

function stackList(steps) {
  return steps.flatMap((step) => {
    const frames = framesOf(step.stack);
    const notes = [step.thread ? `thread ${step.thread}` : "", step.at_ms ? `${duration(step.at_ms)} after the start` : ""].filter(Boolean).join(", ");
    const title = el("h3", {}, step.role[0].toUpperCase() + step.role.slice(1) + (notes ? ` (${notes})` : ""));
    if (!frames.length) return [title, el("p", { class: "hint" }, step.site || "No stack was kept.")];
    const first = frames.findIndex((f) => sourceOf(f));
    const items = frames.map((frame, i) => frameItem(frame, i === first));
    if (report.stacks[step.stack].partial) items.push(el("li", { class: "where" }, "The rest of the stack is not known."));
    return [title, el("ol", { class: "stack" }, ...items)];
  });
}

const sourceOf = (frame) => frame.file && frame.line && sources[frame.file] && sources[frame.file][frame.line] !== undefined ? sources[frame.file] : null;

function frameItem(frame, open) {
  const source = sourceOf(frame);
  const where = placeOf(frame) ? placeOf(frame) + (frame.column ? ":" + frame.column : "") : `${moduleOf(frame)}${frame.module === undefined ? "" : "+" + hex(frame.offset || 0)}`;
  return el("li", {},
    el("div", { class: isOwn(frame) ? "function" : "function dim" }, frameName(frame) + (frame.inlined ? " (inlined)" : "")),
    el("div", { class: "where" }, where),
    source ? el("details", { open }, el("summary", {}, "source"), code(source, frame.line)) : "");
}

function code(source, line) {
  const box = el("div", { class: "code", tabindex: 0, role: "group", "aria-label": `source around line ${line}` });
  for (let n = line - 3; n <= line + 3; ++n)
    if (source[n] !== undefined) box.append(el("div", { class: n === line ? "at" : "" }, el("i", {}, String(n)), source[n] || " "));
  return box;
}

function facts(pairs) {
  return el("dl", {}, ...pairs.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function sparkline(samples) {
  const [from, to] = [samples[0][0], samples.at(-1)[0]], most = Math.max(...samples.map(([, count]) => count), 1);
  const svg = svgEl("svg", {
    class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img",
    "aria-label": `open handles over time: from ${samples[0][1]} to ${samples.at(-1)[1]}, at most ${most}`,
  });
  const line = svgEl("polyline", {
    points: samples.map(([at, count]) => `${(100 * (at - from)) / (to - from || 1)},${29 - (28 * count) / most}`).join(" "),
  });
  svg.append(line);
  return svg;
}

function leakFacts(entry) {
  const g = entry.group, process = report.processes[g.process || 0];
  const names = (g.names || []).map((n) => n.text + (n.count > 1 ? ` ×${n.count}` : ""));
  const closed = [[g.completed, "completed"], [g.failed, "failed"], [g.cancelled, "cancelled"]].filter(([n]) => n).map(([n, word]) => `${n} ${word}`).join(", ");
  return facts([
    ["Change", report.compared && entry.state + (g.before ? `, ${g.before} before` : "")],
    ["Names", names.slice(0, 10).join(", ") + (names.length > 10 ? ` and ${names.length - 10} others` : "")],
    ["Values", (g.values || []).map(number).join(", ")],
    ["Owner", g.owner], ["Test", g.test], ["Site", g.site],
    ["Age", g.oldest_ms && (g.count > 1 ? `${duration(g.newest_ms || 0)} to ` : "") + duration(g.oldest_ms)],
    ["First seen", g.first_seen_ms && `${duration(g.first_seen_ms)} after the start`],
    ["Threads", (g.threads || []).join(", ")],
    ["Process", commandOf(process) + (g.processes > 1 ? ` (${g.processes} processes)` : process.id ? ` (${process.id})` : "")],
    ["Last used", g.touch],
    ["Close begun", g.closes && (g.closing || "yes") + ", not ended"],
    ["Others closed", closed],
    ["Notes", [g.inherited && "from before the fork or start", g.untraced && "nobody saw it opened", g.cycle && "kept alive by its own finalizer"].filter(Boolean).join("; ")],
    ["Hash", g.hash],
  ]);
}

function misuseFacts(entry) {
  const g = entry.group, process = report.processes[g.process || 0];
  return facts([
    ["Change", report.compared && entry.state],
    ["Call", g.call], ["Detail", g.detail],
    ["Handle", `${entry.kind} ${number(g.value || 0)}${g.name ? " " + g.name : ""}`],
    ["Owner", g.owner], ["Test", g.test],
    ["Process", commandOf(process) + (g.processes > 1 ? ` (${g.processes} processes)` : process.id ? ` (${process.id})` : "")],
    ["Hash", g.hash],
  ]);
}

function showEntry(entry) {
  chosen = entry;
  const rule = Object.hasOwn(rules, entry.rule) ? rules[entry.rule] : null;
  const lead = entry.isLeak ? `${counted(entry.count, "open handle")}: ${entry.kind}` : (rule ? rule.title : entry.rule) + (entry.count > 1 ? `, ${entry.count} times` : "");
  const samples = entry.group.samples || [];
  byId("detail-body").replaceChildren(...[
    el("p", { class: "lead" }, el("span", { class: "tag " + (entry.isLeak ? "leak" : "misuse") }, entry.rule), " ", lead),
    rule ? el("p", { class: "help" }, rule.help) : "",
    entry.isLeak ? leakFacts(entry) : misuseFacts(entry),
    ...(samples.length > 1 ? [el("h3", {}, "Open over time"), sparkline(samples)] : []),
    ...stackList(entry.steps)].filter((child) => child !== ""));
  byId("detail").scrollTop = 0;
  for (const row of document.querySelectorAll("tbody tr")) row.classList.toggle("chosen", row.entry === entry);
}

/** What a box of the graph stands for. */
function showNode(node) {
  if (node.entries.length === 1) return showEntry(node.entries[0]);
  chosen = null;
  const items = node.entries.slice(0, 50).map((entry) => el("li", {},
    el("button", { type: "button", class: "link", onclick: () => showEntry(entry) }, `${entry.count} × ${entry.kind} in ${entry.place}`),
    el("div", { class: "where" }, entry.at ? placeOf(entry.at) : "")));
  byId("detail-body").replaceChildren(
    el("p", { class: "lead" }, node.name),
    el("p", { class: "help" }, `${counted(node.count, "open handle")} from ${counted(node.entries.length, "place")}`),
    el("h3", {}, "Leaks below"), el("ol", { class: "stack" }, ...items));
}

// ---- what else there is to know ----

function renderAbout() {
  const parts = [];
  const processes = list("processes").map((p) => el("li", {}, `${p.id || "?"}: ${commandOf(p)}: ${endOf(p)}` + (p.lost ? `; ${counted(p.lost, "record")} found no room` : "")));
  parts.push(el("h3", {}, "Processes"), el("ul", {}, ...processes));
  if (list("notes").length) parts.push(el("h3", {}, "Notes"), el("ul", {}, ...list("notes").map((n) => el("li", {}, n))));
  if (list("suppressions").length)
    parts.push(el("h3", {}, "Suppressions"), el("div", { class: "scroll" }, el("table", { "aria-label": "Suppressions" },
      el("thead", {}, el("tr", {}, ...["Line", "Rule", "State", "Matches", "Reason"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", {}, ...list("suppressions").map((s) => el("tr", {}, el("td", {}, s.place), el("td", {}, s.rule),
        el("td", {}, el("span", { class: "tag " + (s.state === "used" ? "" : "grown") }, s.state)), el("td", { class: "number" }, String(s.count || 0)), el("td", {}, s.reason || "")))))));
  byId("about").replaceChildren(...parts);
}

// ---- the page ----

function update() {
  const found = entries.filter(matches);
  renderFlame(found.filter((e) => e.isLeak && isThere(e)));
  renderTable("leaks", found.filter((e) => e.isLeak));
  renderTable("misuses", found.filter((e) => !e.isLeak));
  byId("matches").textContent = `${found.length} of ${counted(entries.length, "entry", "entries")}`;
}

renderHead();
renderAbout();
setUpFilters();
setUpFlame();
update();
if (entries.length) showEntry(entries[0]);
