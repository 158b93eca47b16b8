// Editing a segment in place. `chosen` is the segment of the panel; `typing` says whether its text is edited.
const panel = make("section", { id: "panel", ariaLabel: T.segment, hidden: true });
const speaker = button("", () => askVoice(chosen, "one"), { className: "speaker" });
const times = { start: make("input", { spellcheck: false }), end: make("input", { spellcheck: false }) };
let chosen = null;
let typing = false;
let before = null; // the chosen one as it was when the typing began
let active = null; // has the tab stop

const index = () => segments.indexOf(chosen);
const stamp = (ms) => `${clock(ms)}.${String(ms % 1000).padStart(3, "0")}`;

function focusOn(segment, focus = true) {
  active?.node?.removeAttribute("tabindex");
  active = segment;
  segment.node.tabIndex = 0;
  if (focus) segment.node.focus({ preventScroll: true });
}

// Shows the panel for a segment; null hides it.
function choose(segment) {
  chosen?.node?.classList.remove("chosen");
  chosen = segment;
  panel.hidden = !segment;
  if (!segment) return;
  segment.node.classList.add("chosen");
  focusOn(segment, false);
  speaker.textContent = label(segment.voice) || T.noVoice;
  for (const side of ["start", "end"]) times[side].value = stamp(segment[side]);
}

function edit(segment, offset = 0) {
  leave();
  if (!segments.includes(segment)) return;
  choose(segment);
  typing = true;
  before = segment;
  const { node } = segment;
  // Older browsers know only the latter; pasted text is plain in both.
  try { node.contentEditable = "plaintext-only"; } catch { node.contentEditable = "true"; }
  node.role = "textbox";
  node.ariaMultiLine = "false";
  node.ariaLabel = T.segment;
  node.focus({ preventScroll: true });
  getSelection().collapse(node.firstChild || node, node.firstChild ? Math.min(offset, segment.text.length) : 0);
  inSight(node);
}

// Ends editing and keeps the text. A segment without text is removed.
function leave() {
  if (!typing) return;
  typing = false;
  endStep();
  const { node } = chosen;
  for (const name of ["contenteditable", "role", "aria-multiline", "aria-label"]) node.removeAttribute(name);
  node.textContent = chosen.text;
  mark();
  if (!chosen.text) removeChosen();
  else if (chosen !== before) listeners.forEach((listener) => listener());
}

function close() {
  const was = chosen;
  leave();
  choose(null);
  if (was && segments.includes(was)) focusOn(was);
}

// The position of the cursor in the segment's text; null if there is none.
function caret() {
  const selection = getSelection();
  if (!typing || !chosen.node.contains(selection.focusNode)) return null;
  const range = document.createRange();
  range.selectNodeContents(chosen.node);
  range.setEnd(selection.focusNode, selection.focusOffset);
  return Math.min(range.toString().replace(/[\s\u00a0]+/g, " ").trimStart().length, chosen.text.length);
}

let pauses;
function typed() {
  const text = tidied(chosen.node.textContent);
  if (text === chosen.text) return;
  const at = index();
  const next = retold(chosen, text);
  next.node.segment = next;
  chosen = next;
  if (active) active = next;
  change(at, 1, [next], { quiet: true, typing: true });
  state(next);
  mark();
  clearTimeout(pauses);
  pauses = setTimeout(endStep, 1000);
}

// Continues editing after a change, if the text was edited before.
function goOn(segment, offset, was = typing) {
  if (was) edit(segment, offset); else choose(segment);
}

function split() {
  const place = caret() ?? middle(chosen);
  const two = parted(chosen, place);
  if (!two) return;
  const was = typing;
  const at = index();
  leave();
  change(at, 1, two);
  goOn(two[1], 0, was);
}

// Where to split without a cursor: at the word that is being played, or in the middle.
function middle({ words, text }) {
  const word = words.find((word) => word.start >= position - 1 && word.at > 0);
  return word?.at ?? text.indexOf(" ", text.length / 2);
}

function join(by = 1) {
  const at = index() + Math.min(by, 0);
  const [one, two] = [segments[at], segments[at + 1]];
  if (!one || !two) return;
  const was = typing;
  leave();
  const made = joined(segments[at], segments[at + 1]);
  change(at, 2, [made]);
  goOn(made, one.text.length, was);
}

function removeChosen() {
  const at = index();
  if (at < 0) return;
  typing = false;
  change(at, 1, []);
  const next = segments[Math.min(at, segments.length - 1)];
  choose(null);
  if (next) focusOn(next);
}

function asBefore() {
  leave();
  const stretch = changes().find(({ after }) => after.includes(chosen));
  if (!stretch) return;
  change(segments.indexOf(stretch.after[0]), stretch.after.length, stretch.before);
  choose(stretch.before[0]);
}

function setTime(side, ms) {
  const at = index();
  // The neighbours of the same voice; others may speak at the same time.
  const own = (segment) => segment.voice === chosen.voice;
  const [before, after] = [segments.slice(0, at).findLast(own), segments.slice(at + 1).find(own)];
  const low = side === "end" ? chosen.start : before ? Math.min(before.end, chosen.start) : 0;
  const high = side === "start" ? chosen.end : after ? Math.max(after.start, chosen.end) : Math.max(whole(), chosen.end);
  const time = Math.min(Math.max(ms, low), high);
  if (time !== ms) say(T.clamped);
  leave();
  const next = { ...chosen, [side]: time, node: null };
  const within = (value) => Math.min(Math.max(value, next.start), next.end);
  next.words = next.words.map((word) => ({ ...word, start: within(word.start), end: within(word.end) }));
  if (time !== chosen[side]) change(at, 1, [next]);
  choose(segments[at]);
}

function parsed(text) {
  const found = /^\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d{1,3})?)\s*$/.exec(text);
  if (!found) return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number((part || "0").replace(",", ".")));
  return Math.round((hours * 3600 + minutes * 60 + seconds) * 1000);
}

// Moves to another segment, and goes on editing if a text was edited.
function move(to, offset = 0) {
  const segment = segments[to];
  if (!segment) return;
  if (typing) return edit(segment, offset);
  if (chosen) choose(segment);
  focusOn(segment);
  inSight(segment.node);
}

// Shows what was undone or redone.
function show(at, length) {
  const segment = segments[Math.min(at, segments.length - 1)];
  const was = typing;
  typing = false;
  choose(null);
  if (!segment || !length && !was) return;
  if (was) edit(segment, segment.text.length); else focusOn(segment);
  inSight(segment.node);
}

function keyInText(event) {
  const at = caret();
  const alone = getSelection().isCollapsed;
  const { length } = chosen.text;
  const acts = {
    Enter: () => split(),
    Backspace: alone && at === 0 && (() => join(-1)),
    Delete: alone && at === length && (() => join(1)),
    ArrowLeft: alone && at === 0 && index() > 0 && (() => move(index() - 1, Infinity)),
    ArrowRight: alone && at === length && (() => move(index() + 1)),
  };
  const act = !event.isComposing && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function setUpEditor() {
  const time = (side) => {
    times[side].ariaLabel = T[side];
    times[side].addEventListener("change", () => {
      const ms = parsed(times[side].value);
      if (ms === null) say(T.noTime);
      setTime(side, ms ?? chosen[side]);
    });
    return make("label", {}, `${T[side]} `, times[side], button(T.now, () => setTime(side, Math.round(position))));
  };
  panel.append(speaker, time("start"), time("end"), button(T.splitShort, split, { title: T.split }), button(T.joinShort, () => join(1), { title: T.join }),
    button(T.restoreShort, asBefore, { title: T.restore }), button(T.removeShort, removeChosen, { title: T.remove }), button(T.done, close, { className: "done" }));
  // Buttons do not take the cursor from the text.
  panel.addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
  main.addEventListener("dblclick", (event) => {
    const place = placeAt(event.clientX, event.clientY);
    if (place && !(typing && place.segment === chosen)) edit(place.segment, place.offset);
  });
  main.addEventListener("input", () => { if (typing) typed(); });
  main.addEventListener("keydown", (event) => { if (typing) keyInText(event); });
  main.addEventListener("beforeinput", (event) => {
    const ours = { historyUndo: undo, historyRedo: redo, insertParagraph() {}, insertLineBreak() {} }[event.inputType];
    if (!ours) return;
    event.preventDefault();
    ours();
  });
  main.addEventListener("paste", (event) => {
    event.preventDefault();
    // As one line; the only way that keeps the cursor and needs no permission.
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain").replace(/\s+/g, " "));
  });
  main.addEventListener("drop", (event) => event.preventDefault());
  main.addEventListener("focusout", (event) => {
    if (typing && event.target === chosen.node && event.relatedTarget && !panel.contains(event.relatedTarget)) leave();
  });
  addEventListener("pointerdown", (event) => {
    if (chosen && event.target.closest("main") && event.target.closest("a") !== chosen.node) { leave(); choose(null); }
  });
  if (segments.length) focusOn(segments[0], false);
}
