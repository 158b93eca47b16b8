// The worst places, as a list to work through: each is heard, corrected if needed, and marked as done, which is kept with the changes.
const again = { list: make("ol"), box: make("section", { id: "again", ariaLabel: T.again, hidden: true }), now: -1 };
const againButton = button("", () => showAgain(again.box.hidden), { id: "listen-again" });
const placeKey = ({ start, end }) => `${start} ${end}`;
// Places that somebody has marked as done, as they were read, and as they are.
const checkedBefore = new Map(data.checked.map(([start, end]) => [placeKey({ start, end }), { start, end }]));
let checked = new Map(checkedBefore);

// What is uncertain is done, too, once somebody has written there.
const isUnsure = ({ start, end }) => segments.some((segment) => segment.unsure && segment.start < end && segment.end > start);
const isDone = (place) => checked.has(placeKey(place)) || place.why === "uncertain" && !isUnsure(place);
const left = () => data.again.filter((place) => !isDone(place)).length;

// The marks that were set or taken away here, as the file has them.
function marks() {
  const told = (done) => ({ start, end }) => ({ start: start / 1000, end: end / 1000, done });
  const only = (one, other) => [...one].filter(([key]) => !other.has(key)).map(([, place]) => place);
  return [...only(checked, checkedBefore).map(told(true)), ...only(checkedBefore, checked).map(told(false))];
}

function restoreMarks(given = []) {
  checked = new Map(checkedBefore);
  for (const { start, end, done } of given) {
    const place = { start: Math.round(start * 1000), end: Math.round(end * 1000) };
    if (done === false) checked.delete(placeKey(place)); else checked.set(placeKey(place), place);
  }
  drawAgain();
}

function markDone(place, done = !isDone(place)) {
  if (done) checked.set(placeKey(place), { start: place.start, end: place.end }); else checked.delete(placeKey(place));
  downloaded = false;
  drawAgain();
  later();
}

// What stands there, or why nothing does.
function excerpt({ start, end, why }) {
  if (why === "removed") return data.removed.filter(([at]) => at >= start && at < end).map(([, text]) => text).join(" ");
  return why === "uncertain" ? segments.filter((segment) => segment.start < end && segment.end > start).map(({ text }) => text).join(" ") : "";
}

function drawAgain() {
  const [open, all] = [left(), data.again.length];
  againButton.textContent = open ? `${T.again} (${open})` : T.againAll;
  againButton.hidden = !all;
  if (again.box.hidden) return;
  again.box.firstChild.textContent = filled(T.againLeft, { n: open, all });
  const focused = again.list.contains(document.activeElement) ? document.activeElement.id : "";
  again.list.replaceChildren(...data.again.map((place, n) => {
    const text = excerpt(place);
    const said = make("span", { className: "excerpt", dir: "auto" }, text);
    const go = button("", () => listenTo(n), { id: `again-${n}`, className: "place" });
    go.append(make("time", {}, clock(place.start)), " ", make("span", {}, T.why[place.why]), " ", said);
    if (n === again.now) go.ariaCurrent = "true";
    const mark = button(T.againDone, () => markDone(place), { id: `again-done-${n}`, ariaPressed: String(isDone(place)) });
    mark.setAttribute("aria-describedby", go.id);
    return make("li", { className: isDone(place) ? "settled" : "" }, go, mark);
  }));
  document.getElementById(focused)?.focus({ preventScroll: true });
}

function showAgain(shown) {
  again.box.hidden = !shown;
  againButton.ariaExpanded = String(shown);
  drawAgain();
}

// Goes to a place and plays it, with a second around it.
function listenTo(n) {
  again.now = n;
  showAgain(true);
  const { start, end } = data.again[n];
  const segment = segments.find((one) => one.end > start && one.start < end) ?? segments[Math.max(spokenAt(start), 0)];
  const gap = items.find((item) => item.unheard && item.at === start);
  document.getElementById(`again-${n}`).scrollIntoView({ block: "nearest" });
  if (segment && !gap) stop(segment);
  if (gap || segment) inSight(gap?.node ?? segment.node, true);
  playPart(start - 1000, end + 1000);
}

// The next place that is not done, from the one that was listened to last.
function nextAgain(by) {
  const all = data.again.map((place, n) => ({ place, n })).filter(({ place, n }) => n !== again.now && !isDone(place));
  const next = by > 0 ? all.find(({ n }) => n > again.now) ?? all[0] : all.findLast(({ n }) => n < again.now) ?? all.at(-1);
  if (next) listenTo(next.n); else say(T.againAll);
}

function doneAgain() {
  const place = data.again[again.now];
  if (!place) return nextAgain(1);
  markDone(place, true);
  nextAgain(1);
}

function setUpAgain() {
  again.box.append(make("p", { role: "status" }), again.list);
  againButton.ariaExpanded = "false";
  againButton.setAttribute("aria-controls", again.box.id);
  onChange(drawAgain);
  drawAgain();
}
