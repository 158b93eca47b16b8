// The bar above the text, the keys, the help, and the start of the script.
const bar = make("section", { id: "bar", ariaLabel: T.toolbar });
const notices = make("div", { id: "notices", role: "status" });
const toast = make("div", { id: "say", role: "status" });
const help = make("dialog", { id: "help", ariaLabel: T.help });
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const root = document.documentElement;

let quiet;
function say(text) {
  toast.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { toast.textContent = ""; }, 6000);
}

// Shows a notice until an empty text removes it.
function notice(name, text, ...more) {
  document.getElementById(`notice-${name}`)?.remove();
  if (text) notices.append(make("p", { id: `notice-${name}` }, `${text} `, ...more));
}

// --- Navigation.

function nextPlace(by) {
  const all = places();
  const from = (place) => place.at;
  const here = lastPlace !== null && Math.abs(position - lastPlace) < 1 ? lastPlace : position;
  const next = by > 0 ? all.find((place) => from(place) > here) : all.findLast((place) => from(place) < here);
  if (!next) return say(T.noPlaces);
  lastPlace = next.at;
  if (next.segment) stop(next.segment, next.from);
  seek(next.at);
  paint("place", next.segment ? [stretch(next.segment, next.from, next.to)] : [], 4);
  inSight(next.segment?.node ?? next.gap.node, true);
}
let lastPlace = null;

// Moves to a segment by the keyboard, and goes on editing if a text was edited.
function stop(segment, offset = 0) {
  if (typing) return edit(segment, offset);
  if (chosen) choose(segment);
  focusOn(segment);
}

function nextTurn(by) {
  let at = segments.indexOf(chosen ?? segments[spokenAt(position)] ?? segments[0]);
  const turn = (n) => n === 0 || label(segments[n].voice) !== label(segments[n - 1].voice);
  if (by < 0 && segments[at] && !turn(at)) { while (!turn(at)) at--; } else {
    do at += by; while (segments[at] && !turn(at));
  }
  if (!segments[at]) return;
  stop(segments[at]);
  seek(segments[at].start);
  inSight(segments[at].node, true);
}

function nextSegment(by) {
  const at = segments.indexOf(document.activeElement?.segment ?? chosen ?? active);
  move(at + by);
}

// --- Keys. Those of the first list also work while editing.

const KEYS = [
  [T.play, toggle, ["Ctrl+Space", "F4"], ["Space"]],
  [T.back, () => seek(position - 3000), ["Ctrl+Comma"], ["ArrowLeft"]],
  [T.ahead, () => seek(position + 3000), ["Ctrl+Period"], ["ArrowRight"]],
  [T.slower, () => speed(-1), ["Ctrl+Shift+Comma"], ["-"]],
  [T.faster, () => speed(1), ["Ctrl+Shift+Period"], ["+"]],
  [T.nextPlace, () => nextPlace(1), ["Alt+ArrowDown"], ["N"]],
  [T.lastPlace, () => nextPlace(-1), ["Alt+ArrowUp"], ["Shift+N"]],
  [T.againNext, () => nextAgain(1), ["Alt+PageDown"], ["W"]],
  [T.againLast, () => nextAgain(-1), ["Alt+PageUp"], ["Shift+W"]],
  [T.againMark, doneAgain, ["Alt+Enter"], ["D"]],
  [T.nextTurn, () => nextTurn(1), ["Alt+Shift+ArrowDown"], ["S"]],
  [T.lastTurn, () => nextTurn(-1), ["Alt+Shift+ArrowUp"], ["Shift+S"]],
  [T.nextSegment, () => nextSegment(1), ["Ctrl+ArrowDown"], []],
  [T.lastSegment, () => nextSegment(-1), ["Ctrl+ArrowUp"], []],
  [T.edit, () => { const one = document.activeElement?.segment ?? chosen ?? segments[Math.max(spokenAt(position), 0)]; if (one) edit(one); }, ["F2"], ["Enter"]],
  [T.join, () => chosen && join(1), ["Alt+J"], []],
  [T.giveVoice, () => askVoice(document.activeElement?.segment ?? chosen ?? active, "turn"), ["Alt+N"], []],
  [T.allVoices, askPeople, ["Alt+Shift+N"], ["V"]],
  [T.pickNext, () => pickNext(1), [], ["Shift+ArrowDown"]],
  [T.pickLast, () => pickNext(-1), [], ["Shift+ArrowUp"]],
  [T.remove, () => { if (!chosen && document.activeElement?.segment) choose(document.activeElement.segment); if (chosen) removeChosen(); }, ["Alt+Delete"], []],
  [T.searching, () => { field.focus(); field.select(); }, ["Ctrl+F"], ["/"]],
  [T.undo, undo, ["Ctrl+Z"], []],
  [T.redo, redo, ["Ctrl+Shift+Z", "Ctrl+Y"], []],
  [T.download, download, ["Ctrl+S"], []],
  [T.leave, escape, ["Escape"], []],
  [T.helping, () => help.showModal(), ["F1"], ["?"]],
];

function escape() {
  if (picked.length) return pickNone();
  if (chosen) return close();
  if (document.activeElement === field) { field.value = ""; find(); hit = -1; showHit(); return field.blur(); }
  showAgain(false);
}

function combination(event) {
  // The position of the key counts where Shift or Alt gives it another character.
  let key = ["Comma", "Period"].includes(event.code) && event.ctrlKey ? event.code : event.key === " " ? "Space" : event.key;
  if (event.altKey && /^Key[A-Z]$/.test(event.code)) key = event.code.slice(3);
  const letter = key.length === 1 && key.toUpperCase() !== key.toLowerCase();
  const shift = event.shiftKey && (key.length > 1 || letter);
  const control = event.ctrlKey || event.metaKey;
  return `${control ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${letter ? key.toUpperCase() : key}`;
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.getModifierState("AltGraph")) return;
  const { target } = event;
  const inField = target instanceof HTMLInputElement && !["checkbox", "radio", "file"].includes(target.type);
  if (document.querySelector("dialog[open]")) {
    if (help.open && ["F1", "?"].includes(combination(event))) { event.preventDefault(); help.close(); }
    return;
  }
  const pressed = combination(event);
  // A second Ctrl+F is for the browser, and a field has its own undo.
  if (inField && ["Ctrl+F", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y"].includes(pressed)) return;
  const reads = !typing && !inField;
  const controls = target.closest?.("button, audio, summary, [role=slider], input");
  const action = KEYS.find(([, , always, reading]) => always.includes(pressed) || reads && reading.includes(pressed)
    && !(controls && ["Space", "Enter", "ArrowLeft", "ArrowRight"].includes(pressed)));
  if (!action) return;
  event.preventDefault();
  action[1]();
}

function shownKey(combination) {
  const signs = {
    Ctrl: mac ? "⌃" : T.control, Alt: mac ? "⌥" : "Alt", Shift: T.shift, Space: T.space, Comma: ",", Period: ".", Escape: "Esc", Enter: T.enter, Delete: T.deleteKey, PageUp: T.pageUp, PageDown: T.pageDown,
    ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  };
  return make("span", { className: "keys" }, ...combination.split("+").flatMap((key, n) => [n && key ? "+" : "", make("kbd", {}, signs[key] ?? (key || "+"))]).filter(Boolean));
}

function setUpHelp() {
  const cell = (list) => make("td", {}, ...list.filter((key) => key !== "+").flatMap((key, n) => [n ? " " : "", shownKey(key)]), list.includes("+") ? make("kbd", {}, "+") : "");
  const head = make("tr", {}, make("td"), make("th", {}, T.always), make("th", {}, T.reading));
  const rows = KEYS.map(([text, , always, reading]) => make("tr", {}, make("th", { scope: "row" }, text), cell(always), cell(reading)));
  help.append(make("h2", {}, T.help, button(T.close, () => help.close())), make("p", {}, T.typing), make("table", {}, head, ...rows));
}

// --- The bar.

const speedShown = make("output", { id: "speed", ariaLabel: T.speed });
const saveButton = button(T.save, download, { id: "download", title: T.download });
const [undoButton, redoButton] = [signButton("↶", T.undo, undo), signButton("↷", T.redo, redo)];

function showPlaying() {
  speedShown.textContent = `${audio.playbackRate.toLocaleString(LANGUAGE)}×`;
}

function showCount(number) {
  saveButton.textContent = number ? `${T.save} (${number})` : T.save;
  saveButton.disabled = !number;
  saveButton.classList.toggle("fresh", !downloaded);
  undoButton.disabled = !past.length;
  redoButton.disabled = !future.length;
}

function option(name, text) {
  const box = make("input", { type: "checkbox", checked: likes[name] });
  box.addEventListener("change", () => {
    likes[name] = box.checked;
    try { localStorage.setItem("transcribe-review", JSON.stringify(likes)); } catch { /* It holds until the page is left. */ }
    root.classList.toggle(`no-${name}`, !box.checked);
    mark();
  });
  root.classList.toggle(`no-${name}`, !likes[name]);
  return make("label", {}, box, ` ${text}`);
}
const likes = { shading: true, notes: true };

function setUpBar() {
  try { Object.assign(likes, JSON.parse(localStorage.getItem("transcribe-review"))); } catch { /* As at first. */ }
  const group = (name, ...parts) => make("div", { className: "group", role: "group", ariaLabel: name }, ...parts);
  const chosenFile = make("input", { type: "file", accept: ".json,application/json", hidden: true });
  chosenFile.addEventListener("change", () => { if (chosenFile.files.length) openEdits(chosenFile.files[0]); chosenFile.value = ""; });
  const more = make("details", {}, make("summary", {}, T.more),
    make("div", { className: "menu" }, option("shading", T.shading), option("notes", T.notes), button(T.open, () => chosenFile.click()), chosenFile));
  addEventListener("pointerdown", (event) => { if (!more.contains(event.target)) more.open = false; });
  more.addEventListener("keydown", (event) => { if (event.key === "Escape") { more.open = false; more.firstChild.focus(); } });
  bar.append(
    group(T.listen, audio, signButton("↺ 3", T.back, () => seek(position - 3000)), signButton("−", T.slower, () => speed(-1)), speedShown, signButton("+", T.faster, () => speed(1))),
    group(T.check, signButton("‹", T.lastPlace, () => nextPlace(-1)), make("span", {}, T.places), signButton("›", T.nextPlace, () => nextPlace(1)), againButton),
    group(T.edit, undoButton, redoButton, saveButton, more, signButton("?", T.help, () => help.showModal())),
    chips, group(T.search, field, count, signButton("‹", T.lastHit, () => step(-1)), signButton("›", T.nextHit, () => step(1))), strip, again.box, notices);
  for (const ours of [bar, panel, toast, help, voiceDialog, peopleDialog]) ours.lang = LANGUAGE;
  document.querySelectorAll("header [data-text]").forEach((node, n) => Object.assign(node, { textContent: data.header[LANGUAGE][n], lang: LANGUAGE }));
  document.querySelector("header").after(bar);
  document.body.append(panel, toast, help, voiceDialog, peopleDialog);
}

async function begin() {
  adopt();
  // Before anything can be changed.
  const stored = await findStored();
  root.classList.add("live");
  setUpBar();
  for (const paragraph of main.children) {
    showName(paragraph);
    watcher.observe(paragraph);
  }
  addNotes();
  setUpPlayer();
  setUpStrip();
  setUpSearch();
  setUpVoices();
  setUpPeople();
  setUpEditor();
  setUpAgain();
  setUpHelp();
  addEventListener("keydown", onKey);
  if (stored) restoreStored(stored);
  showVoices();
  showPlaying();
  showCount(counted(file()));
  mark();
  point();
}

const begun = begin();
