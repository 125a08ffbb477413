// ---- the path of a finding, on the source ----

/**
 * The functions that a path goes through, each with the steps in it. What is called stands
 * below the line of the call: `inner` has, by the number of the step before, what was entered
 * there. Steps of one function without another one in between are one frame.
 */
function framesOf(steps) {
  const roots = [], open = [];
  const isIn = (frame, step) => frame.depth === step.depth && frame.file === step.file &&
    (frame.range ? frame.range === functionAround(step.file, step.line) : !functionAround(step.file, step.line));
  for (const step of steps) {
    while (open.length && (open.at(-1).depth > step.depth || (open.at(-1).depth === step.depth && !isIn(open.at(-1), step)))) open.pop();
    if (!open.length && step.depth === 0) open.push(...roots.filter((frame) => isIn(frame, step)).slice(-1));
    if (!open.length || open.at(-1).depth < step.depth) {
      const frame = { depth: step.depth, file: step.file, range: functionAround(step.file, step.line), steps: [], inner: new Map() };
      const outer = open.at(-1);
      if (outer) {
        const call = outer.steps.at(-1).number;
        outer.inner.set(call, [...(outer.inner.get(call) || []), frame]);
      } else {
        roots.push(frame);
      }
      open.push(frame);
    }
    open.at(-1).steps.push(step);
  }
  return roots;
}

/** The numbers of the lines that a frame shows, in order. */
function linesShown(frame) {
  const lines = linesOf(frame.file), near = frame.depth ? 4 : 8, whole = frame.depth ? 30 : 80;
  const [first, body, last] = frame.range || [1, 1, Infinity];
  if (last - first < whole) return [...lines.keys()].filter((n) => first <= n && n <= last);
  const isNear = (n) => frame.steps.some((step) => Math.abs(step.line - n) <= near);
  const isHead = (n) => frame.range && (n <= Math.min(body, first + 8) || n === last);
  return [...lines.keys()].filter((n) => first <= n && n <= last && (isNear(n) || isHead(n)));
}

function bubble(step) {
  return el("button", { type: "button", class: "bubble" + (step.last ? " end" : ""), "data-step": step.number, tabindex: -1, onclick: () => goTo(step.number) },
    el("b", {}, el("span", { class: "unseen" }, "step "), String(step.number)), el("span", {}, step.message));
}

/** The bubble of a step below its line, as far to the right as the step's column. */
function noteRow(step, text) {
  return el("div", { class: "note" }, el("i"), el("span", { class: "pad", "aria-hidden": "true" }, text.slice(0, step.from)), bubble(step));
}

function frameTitle(frame) {
  const name = frame.range?.[3] || (frame.depth ? "" : "outside of a function");
  const places = [...new Set(frame.steps.map((step) => step.line))];
  return [el("b", {}, name), " ", el("span", {}, pathOf(frame) + (places[0] ? ":" + places[0] : ""))];
}

/** Whether the end of a comment is next, and no start of one before it. */
function startsInComment(lines, number) {
  for (; lines.has(number); ++number) {
    const mark = /\/\*|\*\//.exec(lines.get(number));
    if (mark) return mark[0] === "*/";
  }
  return false;
}

function codeRows(frame) {
  const lines = linesOf(frame.file), rows = [], told = new Set();
  let before = 0, inside = false;
  const notes = (steps, text) => {
    for (const step of steps) {
      told.add(step);
      rows.push(noteRow(step, text));
      rows.push(...(frame.inner.get(step.number) || []).map(renderFrame));
    }
  };
  for (const number of linesShown(frame)) {
    if (number !== before + 1) {
      inside = startsInComment(lines, number);
      if (before) rows.push(el("div", { class: "gap" }, el("i", {}, "⋯"), `${number - before - 1} lines`));
    }
    const text = lines.get(number), here = frame.steps.filter((step) => step.line === number);
    const cut = tokens(text, inside);
    rows.push(el("div", { class: here.length ? "line hit" : "line", "data-line": number }, el("i", {}, String(number)),
      el("code", {}, ...codeOf(text, cut.found, here.map((step) => rangeOn(step, text))))));
    notes(here, text);
    inside = cut.inside;
    before = number;
  }
  const rest = frame.steps.filter((step) => !told.has(step));
  if (rest.length) {
    rows.push(el("p", { class: "hint" }, "The source could not be read."));
    notes(rest, "");
  }
  return rows;
}

function renderFrame(frame) {
  if (!frame.depth) return el("div", { class: "frame" }, el("h3", { class: "frame-title" }, ...frameTitle(frame)), ...codeRows(frame));
  const box = el("details", { class: "frame inner", ontoggle: drawArrows }, el("summary", { class: "frame-title" }, ...frameTitle(frame)), ...codeRows(frame));
  box.open = true;
  return box;
}

// ---- arrows ----

/** From the number of one step to that of the next. */
function arrow(from, to, look) {
  const r = from.height / 2, x1 = from.left + r, x2 = to.left + r, down = to.top > from.bottom;
  const [y1, y2] = down ? [from.bottom, to.top - 3] : [from.top + r, to.top + r];
  const bend = down ? Math.min(36, Math.max(8, (y2 - y1) / 2)) : 44;
  const line = down
    ? `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`
    : `M${x1 - r} ${y1}C${x1 - r - bend} ${y1} ${x2 - r - bend} ${y2} ${x2 - r - 3} ${y2}`;
  return svgEl("path", { d: line, class: look, "marker-end": "url(#head)" });
}

function drawArrows() {
  const path = byId("path");
  path.querySelector("svg")?.remove();
  if (!byId("arrows").checked || !walk?.isPath) return;
  const origin = path.getBoundingClientRect();
  const boxOf = (step) => {
    const badge = path.querySelector(`[data-step="${step.number}"] b`);
    if (!badge?.offsetParent) return null; // in an excerpt that is closed
    const box = badge.getBoundingClientRect();
    return { left: box.left - origin.left, top: box.top - origin.top, bottom: box.bottom - origin.top, height: box.height };
  };
  const head = svgEl("marker", { id: "head", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
  head.append(svgEl("path", { d: "M0 0L8 4L0 8z" }));
  const drawing = svgEl("svg", { class: "arrows", "aria-hidden": "true", width: path.clientWidth, height: path.scrollHeight });
  drawing.append(head);
  const shown = walk.steps.map(boxOf);
  for (let i = 0; i + 1 < shown.length; ++i)
    if (shown[i] && shown[i + 1]) drawing.append(arrow(shown[i], shown[i + 1], i + 2 === walk.at ? "now" : ""));
  path.append(drawing);
}

// ---- walking ----

// The finding that is shown, its steps, whether they are a path, the number of the current one.
let walk = null;

/** Makes a step the current one. */
function goTo(number, { scroll = true } = {}) {
  walk.at = Math.min(Math.max(1, number), walk.steps.length);
  const step = walk.steps[walk.at - 1];
  for (const shown of document.querySelectorAll("#path [data-step], #steps [data-step]")) {
    const now = shown.dataset.step === String(walk.at);
    shown.classList.toggle("now", now);
    if (now) shown.setAttribute("aria-current", "step");
    else shown.removeAttribute("aria-current");
    if (shown.classList.contains("bubble")) shown.tabIndex = now ? 0 : -1;
  }
  for (const mark of document.querySelectorAll("#path mark")) mark.classList.toggle("now", mark.dataset.steps.split(" ").includes(String(walk.at)));
  byId("step-text").textContent = `${walk.at} of ${walk.steps.length}: ${step.message}`;
  byId("previous-step").disabled = walk.at === 1;
  byId("next-step").disabled = walk.at === walk.steps.length;
  const at = document.querySelector("#path .bubble.now");
  for (let box = at?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  drawArrows();
  if (!scroll) return;
  at?.scrollIntoView({ block: "center" });
  const listed = document.querySelector("#steps .now");
  if (byId("steps").scrollHeight > byId("steps").clientHeight) byId("steps").scrollTop = listed.offsetTop - byId("steps").clientHeight / 2;
  replaceState({ s: String(walk.at) });
}

function renderPath(finding) {
  const steps = stepsOf(finding);
  walk = { finding, steps, isPath: Boolean(checkOf(finding).path), at: 1 };
  byId("steps-title").textContent = walk.isPath ? "Path" : "Places";
  byId("steps-section").hidden = steps.length === 1;
  byId("arrows").parentElement.hidden = !walk.isPath;
  byId("path").replaceChildren(...framesOf(steps).map(renderFrame));
  byId("steps").replaceChildren(...steps.map((step) => el("li", { style: `--depth:${Math.min(step.depth, 8)}` },
    el("button", { type: "button", "data-step": step.number, onclick: () => goTo(step.number) },
      el("b", {}, String(step.number)), el("span", {}, step.message, el("small", {}, placeText(step)))))));
}

function setUpPath() {
  byId("previous-step").addEventListener("click", () => goTo(walk.at - 1));
  byId("next-step").addEventListener("click", () => goTo(walk.at + 1));
  byId("arrows").addEventListener("change", drawArrows);
  new ResizeObserver(drawArrows).observe(byId("path"));
}
