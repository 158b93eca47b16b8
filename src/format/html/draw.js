// The text on the page: redraws changed paragraphs, and shows notes and highlights.

// --- Paragraphs. They end where the program ended them, and where the speaker changes.

function redraw(at, count) {
  const paragraph = (n) => segments[n]?.node?.closest("p");
  const [first, last] = [paragraph(at - 1), paragraph(at + count)];
  let [from, to] = [at, at + count];
  while (from > 0 && paragraph(from - 1) === first) from--;
  while (to < segments.length && paragraph(to) === last) to++;
  const end = last ? last.nextSibling : null;
  const gone = new Set();
  for (let node = first || main.firstChild; node !== end;) {
    const next = node.nextSibling;
    gone.add(node);
    near.delete(node);
    node.remove();
    node = next;
  }
  const inside = (node) => node && (gone.has(node) || inside(node.parentNode));
  const between = items.filter((item) => inside(item.node));
  main.insertBefore(drawn(segments.slice(from, to), between, segments[from - 1]), end);
  mark();
}

function drawn(list, between, before) {
  const made = document.createDocumentFragment();
  between = [...between];
  let text = null; // the paragraph that goes on
  const put = (item) => {
    if (item.block || !text) {
      made.append(item.block ? item.node : make("p", { className: "loose" }, item.node));
      if (item.block) [text, before] = [null, null];
    } else {
      text.append(" ", item.node);
    }
  };
  if (before && before.node.closest("p").nextElementSibling?.dataset.at) before = null;
  for (const segment of list) {
    while (between.length && between[0].at < segment.start) put(between.shift());
    const turn = !before || label(before.voice) !== label(segment.voice);
    if (!text || turn || segment.breaks) {
      text = make("span", { className: "said", dir: "auto" });
      const who = make("span", { className: "who" }, make("time", {}, clock(segment.start)));
      made.append(make("p", { className: turn ? "turn" : "" }, who, " ", text));
    } else if (segment.blank) {
      text.append(" ");
    }
    text.append(anchor(segment));
    before = segment;
  }
  between.forEach(put);
  for (const paragraph of made.querySelectorAll("p")) {
    showName(paragraph);
    watcher.observe(paragraph);
  }
  return made;
}

function anchor(segment) {
  const node = make("a", { name: `ts_${segment.start}_${segment.end}_${(segment.voice ?? "").replace(" ", "-")}` }, segment.text);
  if (segment.lang) node.lang = segment.lang;
  segment.node = node;
  node.segment = segment;
  state(segment);
  return node;
}

function state(segment) {
  const changed = !(segment.from.length === 1 && same(segment, original[segment.from[0]]));
  segment.node.classList.toggle("changed", changed);
  segment.node.classList.toggle("edited", segment.edited && !changed);
  segment.node.classList.toggle("unsure", segment.unsure);
}

// --- Names and colours of speakers.

const COLOURS = 8;
const people = () => [...new Set(Object.keys(names).map(label))];
const colour = (voice) => `v${people().indexOf(label(voice)) % COLOURS + 1}`;
const voicesOf = (name) => Object.keys(names).filter((voice) => names[voice] === name);

function showName(paragraph) {
  const first = paragraph.querySelector("a")?.segment;
  if (!first) return;
  const who = paragraph.querySelector(".who");
  let name = who.querySelector("button");
  const text = paragraph.classList.contains("turn") ? label(first.voice) : "";
  if (text && !name) {
    name = make("button", { type: "button", className: "name" });
    who.querySelector("b")?.remove();
    who.prepend(name);
  }
  if (name) {
    name.textContent = text;
    name.hidden = !text;
    name.title = text && T.voice;
  }
  for (const old of [...paragraph.classList]) if (/^v\d/.test(old)) paragraph.classList.remove(old);
  if (first.voice !== null) paragraph.classList.add(colour(first.voice));
}

function showNames() {
  let before = null;
  for (const paragraph of main.children) {
    const first = paragraph.querySelector("a")?.segment;
    if (first) paragraph.classList.toggle("turn", !before || label(before.voice) !== label(first.voice));
    if (first || paragraph.dataset.at) before = first ? [...paragraph.querySelectorAll("a")].at(-1).segment : null;
    showName(paragraph);
  }
}

// --- Text that the program removed or corrected, in its place.

function addNotes() {
  const removed = data.removed.map(([at, text, reason]) => ({
    at, block: false, node: make("span", { className: "note" }, make("del", {}, text), " ", make("small", { lang: LANGUAGE }, `(${T.reasons[reason] ?? reason})`)),
  }));
  const corrections = data.corrections.map(([at, from, to]) => ({
    at, block: false, node: make("small", { className: "note" }, `[${to}, ${T.was}: `, make("s", {}, from), "]"),
  }));
  for (const item of [...removed, ...corrections].sort((one, two) => one.at - two.at)) {
    const segment = segments[spokenAt(item.at)];
    if (segment) {
      // After the notes that are there already.
      let after = segment.node;
      while (after.nextSibling && !after.nextSibling.segment) after = after.nextSibling;
      after.after(" ", item.node);
    } else {
      main.prepend(make("p", { className: "loose" }, item.node));
    }
    items.push(item);
  }
  items.sort((one, two) => one.at - two.at);
}

// --- Highlights: the CSS Custom Highlight API, which needs no elements. Without it, whole segments are marked.

const canMark = typeof Highlight === "function" && Boolean(CSS.highlights);

// A range of a segment's text, which may have several nodes while it is edited.
function stretch(segment, from, to, other = segment) {
  const point = ({ node }, offset) => {
    for (const text of node.childNodes) {
      const length = text.data?.length ?? 0;
      if (offset <= length) return [text, offset];
      offset -= length;
    }
    return [node, 0];
  };
  const [[startContainer, startOffset], [endContainer, endOffset]] = [point(segment, from), point(other, to)];
  return new StaticRange({ startContainer, startOffset, endContainer, endOffset });
}

function paint(name, ranges, priority = 0) {
  if (!canMark) return;
  const highlight = new Highlight();
  highlight.priority = priority;
  for (const range of ranges) highlight.add(range);
  CSS.highlights.set(name, highlight);
}

// Uncertain ranges of a segment: { segment, from, to (in the text), at (ms) }.
function doubts(segment) {
  const found = [];
  let open = null;
  for (const word of segment.words) {
    if (word.sure >= UNSURE) open = null;
    else if (open) open.to = word.to;
    else found.push(open = { segment, from: word.at, to: word.to, at: word.start });
  }
  if (segment.unsure && !found.length) found.push({ segment, from: 0, to: segment.text.length, at: segment.start });
  return found;
}

// All uncertain ranges, and gaps as { gap, at }.
function places() {
  const found = segments.flatMap(doubts);
  for (const item of items) if (item.unheard) found.push({ gap: item, at: item.at });
  return found.sort((one, two) => one.at - two.at);
}

// Browsers search all highlights when something is scrolled into view, so only nearby paragraphs have any.
const near = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) near.add(target); else near.delete(target);
  mark();
}, { rootMargin: "100% 0px" });

let due = false;
function mark() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    const seen = [...near].flatMap((paragraph) => [...paragraph.querySelectorAll("a")]).map((node) => node.segment);
    const unsure = likes.shading ? seen.flatMap(doubts) : [];
    paint("unsure", unsure.map(({ segment, from, to }) => stretch(segment, from, to)));
    if (!canMark) for (const { segment } of unsure) segment.node.classList.add("unsure");
    paint("hit", hits.filter(({ segment }) => near.has(segment.node.closest("p"))).map(range), 1);
  });
}
