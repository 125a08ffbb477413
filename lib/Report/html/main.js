// ---- the page ----

function renderHead() {
  byId("title").textContent = report.project || "Findings";
  byId("subtitle").textContent = `${counted(findings.length, "finding")} in ${counted(new Set(findings.map((f) => f.at.file)).size, "file")} · Handrail ${report.version}`;
  for (const severity of Severities) {
    const count = findings.filter((f) => f.severity === severity).length;
    if (count || severity !== "note") addTile(count, { error: "errors", warning: "warnings", note: "notes" }[severity], { error: "bad", warning: "warn" }[severity]);
  }
  addTile(findings.filter((f) => f.confidence === "certain").length, "certain: nothing was assumed");
  addTile(new Set(findings.map((f) => f.at.file)).size, "files with findings");
  const fixes = findings.filter((f) => f.fix).length;
  if (fixes) addTile(fixes, "have a fix", "good");
  if (report.owned) addTile(findings.filter((f) => f.owners[0] === Unowned).length, "without an owner");
  if (report.errors.length) addTile(report.errors.length, "problems of the analysis", "bad");
}

function renderErrors() {
  const all = report.errors;
  byId("errors-section").hidden = !all.length;
  byId("errors-title").textContent = `${counted(all.length, "problem")} of the analysis: what was not analysed is missing here`;
  byId("errors-section").querySelector("details").open = all.length <= 5;
  const item = (e) => el("li", {}, e.file ? el("b", {}, e.file + (e.line ? ":" + e.line : "")) : "", " ", e.message);
  const show = (count) => byId("errors").replaceChildren(...all.slice(0, count).map(item),
    all.length > count ? el("li", {}, el("button", { type: "button", class: "link", onclick: () => show(all.length) }, `show ${all.length - count} more`)) : "");
  show(50);
}

function renderFix(finding) {
  byId("fix-section").hidden = !finding.fix;
  if (!finding.fix) return;
  let before = 0;
  const rows = finding.fix.lines.flatMap(([sign, number, text]) => {
    const gap = before && number > before + 1 ? [el("div", { class: "gap" }, "⋯")] : [];
    before = number;
    const look = { "-": "old", "+": "new" }[sign], said = { "-": "removed: ", "+": "added: " }[sign];
    return [...gap, el("div", { class: look }, el("i", {}, sign === "+" ? "" : String(number)), said ? el("span", { class: "unseen" }, said) : "", `${sign} ${text}`)];
  });
  byId("fix").replaceChildren(
    el("p", {}, "handrail check --fix would " + (finding.fix.description || "") + "."),
    el("p", { class: "where" }, finding.fix.file), el("div", { class: "diff" }, ...rows));
}

function renderFacts(finding) {
  byId("finding-title").textContent = finding.message;
  byId("finding-tags").replaceChildren(severityTag(finding), " ", el("span", { class: "tag", title: Assumed[finding.confidence] }, finding.confidence), " ",
    el("span", { class: "tag" }, "handrail-" + finding.check), " ", finding.kind ? el("span", { class: "tag" }, finding.kind) : "");
  const facts = [["Place", placeText(finding.at)], ["Function", finding.function], ["Acquired by", finding.callee],
    ["Confidence", `${finding.confidence}: ${Assumed[finding.confidence]}`], ["Owner", report.owned && finding.owners.join(", ")], ["Fingerprint", finding.fingerprint]];
  byId("finding-facts").replaceChildren(...facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function renderHelp(finding) {
  const { page } = checkOf(finding);
  byId("help-section").hidden = !page;
  if (!page) return;
  byId("help-title").textContent = "About " + finding.check;
  byId("help").replaceChildren(...markdown(page.replace(/^# .*\n/, "")));
}

/** In the order of the list, as if all groups were open. */
function inOrder() {
  const flat = (group) => [...group.inner.flatMap(flat), ...byRank(group.findings)];
  return [...new Set(groupsOf(filtered()).flatMap(flat))];
}

function renderWalk(finding) {
  const all = inOrder(), at = all.indexOf(finding);
  byId("position").textContent = at < 0 ? "not in the filter" : `${at + 1} of ${all.length}`;
  byId("back").href = linkTo({ f: "", s: "" });
  for (const [id, next] of [["previous-finding", all[at - 1]], ["next-finding", at < 0 ? undefined : all[at + 1]]]) {
    if (next) byId(id).href = linkTo({ f: next.id, s: "" });
    else byId(id).removeAttribute("href");
  }
}

function renderFinding(finding) {
  renderWalk(finding);
  renderFacts(finding);
  renderFix(finding);
  renderHelp(finding);
  renderPath(finding);
}

function showFinding(finding) {
  const isOther = walk?.finding !== finding;
  if (isOther) renderFinding(finding);
  byId("list-view").hidden = true;
  byId("finding-view").hidden = false;
  document.title = `${finding.message} – ${report.project || "Handrail"}`;
  const step = Number(state.s);
  if (isOther && !step) {
    goTo(1, { scroll: false });
    scrollTo(0, 0);
    byId("finding-title").focus({ preventScroll: true });
  } else {
    goTo(step || 1);
  }
}

let left = null; // what the list looked like when a finding was opened

function showList() {
  walk = null;
  byId("finding-view").hidden = true;
  byId("list-view").hidden = false;
  document.title = listTitle;
  showFilter();
  renderList();
  if (!left) return;
  scrollTo(0, left.top);
  byId("groups").querySelector(`a.row[href="${CSS.escape(left.href)}"]`)?.focus({ preventScroll: true });
  left = null;
}

const listTitle = document.title;

function show() {
  readState();
  const finding = byFinding.get(state.f);
  byId("keys").textContent = finding
    ? "Keys: j or → next step, k or ← previous step, n next finding, p previous finding, Escape back to the list"
    : "Keys: / search, j and k move through the list, Enter opens";
  if (finding) showFinding(finding);
  else showList();
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping()) return;
  const click = (id) => () => byId(id).click();
  const inFinding = { j: click("next-step"), ArrowRight: click("next-step"), k: click("previous-step"), ArrowLeft: click("previous-step"),
    n: click("next-finding"), p: click("previous-finding"), Escape: click("back") };
  const inList = { j: () => moveFocus(1), k: () => moveFocus(-1) };
  const act = (walk ? inFinding : inList)[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); byId("main").focus(); });
byId("groups").addEventListener("click", (event) => {
  const row = event.target.closest("a.row");
  if (row) left = { top: scrollY, href: row.getAttribute("href") };
});
document.addEventListener("keydown", onKey);
addEventListener("hashchange", show);
renderHead();
renderErrors();
setUpList();
setUpPath();
show();
