// ---- pages of checks ----

/** What stands in a line of Markdown. */
function inline(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(/`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\([^)]*\)/g)) {
    parts.push(text.slice(at, match.index));
    const [, code, bold, leaning, linked] = match;
    if (code) parts.push(el("code", {}, code));
    else if (bold) parts.push(el("b", {}, ...inline(bold)));
    else if (leaning) parts.push(el("em", {}, ...inline(leaning)));
    else parts.push(...inline(linked)); // where it leads is not in this page
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

function codeBlock(lines) {
  let inside = false;
  return el("pre", {}, ...lines.flatMap((line) => {
    const cut = tokens(line, inside);
    inside = cut.inside;
    return [...codeOf(line, cut.found, []), "\n"];
  }));
}

/** As much of Markdown as the pages use: headings, paragraphs, lists, code. */
function markdown(text) {
  const lines = text.split("\n"), blocks = [];
  const isPlain = (line) => line && !/^(#|```|[-*] |\d+\. )/.test(line);
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (line.startsWith("```")) {
      const end = lines.indexOf("```", i + 1);
      blocks.push(codeBlock(lines.slice(i + 1, end < 0 ? lines.length : end)));
      i = end < 0 ? lines.length : end + 1;
    } else if (/^#+ /.test(line)) {
      blocks.push(el("h4", {}, ...inline(line.replace(/^#+ /, ""))));
      ++i;
    } else if (/^([-*]|\d+\.) /.test(line)) {
      const items = [];
      for (; i < lines.length && /^([-*]|\d+\.) |^ +\S/.test(lines[i]); ++i)
        if (lines[i].startsWith(" ") && items.length) items.push(items.pop() + " " + lines[i].trim());
        else items.push(lines[i].replace(/^([-*]|\d+\.) /, ""));
      blocks.push(el(/^\d/.test(line) ? "ol" : "ul", {}, ...items.map((item) => el("li", {}, ...inline(item)))));
    } else if (line) {
      const from = i++;
      while (i < lines.length && isPlain(lines[i])) ++i;
      blocks.push(el("p", {}, ...inline(lines.slice(from, i).join(" "))));
    } else {
      ++i;
    }
  }
  return blocks;
}
