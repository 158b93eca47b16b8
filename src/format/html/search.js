// Search, across segments within a paragraph.
const field = make("input", { type: "search", id: "search", placeholder: T.search, ariaLabel: T.search, spellcheck: false });
const count = make("output", { id: "hits" });
let hits = [];
let hit = -1;

function find() {
  const wanted = tidied(field.value);
  hits = [];
  if (wanted) {
    const escaped = wanted.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replace(/ /g, "\\s+");
    const pattern = new RegExp(escaped, "giu");
    for (const paragraph of main.children) {
      if (!paragraph.hidden) hits.push(...found(pattern, [...paragraph.querySelectorAll("a")].map((node) => node.segment)));
    }
  }
  mark();
  if (!canMark) {
    main.querySelectorAll("a.hit").forEach((node) => node.classList.remove("hit"));
    hits.forEach(({ segment }) => segment.node.classList.add("hit"));
  }
}

function findAgain() {
  if (!field.value) return;
  find();
  hit = Math.min(hit, hits.length - 1);
  showHit();
}

const range = ({ segment, from, last, to }) => stretch(segment, from, to, last);

function found(pattern, list) {
  let text = "";
  const starts = list.map((segment, n) => {
    if (n && segment.blank) text += " ";
    const start = text.length;
    text += segment.text;
    return start;
  });
  const holder = (offset) => starts.findLastIndex((start) => start <= offset);
  return [...text.matchAll(pattern)].map(({ index, 0: { length } }) => {
    const [first, last] = [holder(index), holder(index + length - 1)];
    const from = Math.min(index - starts[first], list[first].text.length);
    return { segment: list[first], from, last: list[last], to: index + length - starts[last] };
  });
}

function step(by) {
  if (!hits.length) return;
  if (hit < 0) {
    // The first match after the current position.
    const from = hits.findIndex(({ segment }) => segment.end > position);
    hit = by > 0 ? Math.max(from, 0) : (from < 0 ? hits.length : from) - 1;
  } else {
    hit += by;
  }
  hit = (hit + hits.length) % hits.length;
  showHit();
  inSight(hits[hit].segment.node, true);
}

function showHit() {
  paint("hit-now", hits[hit] ? [range(hits[hit])] : [], 2);
  count.parentElement.classList.toggle("found", hits.length > 0);
  count.textContent = !field.value.trim() ? "" : !hits.length ? T.none : hit < 0 ? String(hits.length) : `${hit + 1} ${T.of} ${hits.length}`;
}

function setUpSearch() {
  field.addEventListener("input", () => { find(); hit = -1; step(1); showHit(); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (hits[hit]) seek(hits[hit].segment.words.findLast((word) => word.at <= hits[hit].from)?.start ?? hits[hit].segment.start, false);
    step(event.shiftKey ? -1 : 1);
  });
}
