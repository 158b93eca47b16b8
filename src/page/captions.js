// Shows the captions of `transcribe`. Settled words stay where they are; rows only ever move up, and only whole ones.
"use strict";

const german = /^de\b/i.test(navigator.language);
const TEXTS = german ? {
  title: "Untertitel",
  notice: "automatisch erzeugt, kann Fehler enthalten",
  paused: "Pause: es wird nicht zugehört",
  silent: "Kein Ton vom Mikrofon",
  lost: "Mikrofon nicht verbunden",
  ended: "Ende der Untertitel",
  connection: "Verbindung unterbrochen, sie wird wieder aufgebaut",
  hidden: "Text ausgeblendet, H zeigt ihn wieder",
  keys: "Tasten", close: "schließen", space: "Leertaste",
  larger: "größer", smaller: "kleiner", rows: "Zeilen", light: "dunkel / hell", full: "ganzer Bildschirm",
  hide: "ausblenden / zeigen", help: "diese Hilfe",
} : {
  title: "Captions",
  notice: "made automatically, may contain errors",
  paused: "Paused: nobody is listening",
  silent: "No sound from the microphone",
  lost: "Microphone is not connected",
  ended: "End of the captions",
  connection: "Connection lost, trying again",
  hidden: "Text is hidden, H shows it again",
  keys: "Keys", close: "close", space: "space",
  larger: "larger", smaller: "smaller", rows: "lines", light: "dark / light", full: "full screen",
  hide: "hide / show", help: "this help",
};

const query = new URLSearchParams(location.search);
const overlay = query.has("overlay");
const root = document.documentElement;
const [main, flow, stateText, notice, more, help] =
  ["window", "flow", "state", "notice", "more", "help"].map((id) => document.getElementById(id));

// --- What the viewer likes, kept in the browser.

const STORE = overlay ? "transcribe-overlay" : "transcribe-captions";
// Size in hundredths of the window's width: some 40 characters a row.
const likes = { size: 4.5, rows: 3, light: false };
try {
  const kept = JSON.parse(localStorage.getItem(STORE)) || {};
  if (kept.size >= 1 && kept.size <= 15) likes.size = kept.size;
  if ([2, 3, 4].includes(kept.rows)) likes.rows = kept.rows;
  likes.light = kept.light === true;
} catch { /* Not allowed here, or not ours: then as at first. */ }

function like(change) {
  Object.assign(likes, change);
  try { localStorage.setItem(STORE, JSON.stringify(likes)); } catch { /* It holds until the page is left. */ }
  fit();
}

// --- Lines and rows. A line is what the program calls so; on the screen it takes one row or more.

const LINES_KEPT = 20;
let lines = [];
let row = 0; // pixels
let scroll = 0; // rows that are above the window: never less than before, or settled words would move down
let hidden = false;
let state = "listening";
let connected = true;

function fit() {
  root.classList.toggle("light", likes.light && !overlay);
  root.classList.toggle("overlay", overlay);
  // Never so large that the rows don't fit, never too small to read.
  const wanted = Math.min(innerWidth * likes.size / 100, innerHeight * 0.8 / likes.rows / 1.35);
  const size = Math.max(16, Math.round(wanted));
  row = Math.round(size * 1.35);
  flow.style.fontSize = `${size}px`;
  flow.style.lineHeight = `${row}px`;
  main.style.height = `${row * likes.rows}px`;
  scroll = 0;
  draw();
}

function lineOf(number) {
  const last = lines.at(-1);
  if (last && last.number >= number) return last.number === number ? last : null;
  const element = document.createElement("p");
  const settled = document.createElement("span");
  const tentative = document.createElement("span");
  element.className = "line";
  element.dir = "auto";
  settled.className = "settled";
  tentative.className = "tentative";
  tentative.setAttribute("aria-hidden", "true");
  // A place to break, or what follows a word without a blank could take the word with it to the next row.
  element.append(settled, document.createElement("wbr"), tentative);
  flow.append(element);
  const line = { number, element, settled, tentative, speaker: null };
  lines.push(line);
  return line;
}

function take(caption) {
  if (caption.kind === "state") {
    state = caption.state;
    return;
  }
  // Nothing more comes on what is done, so it is not made anew for that.
  const line = caption.kind === "done" ? lines.find((line) => line.number === caption.line) : lineOf(caption.line);
  if (!line) return;
  if (caption.kind === "tentative") {
    line.tentative.textContent = caption.text;
    return;
  }
  line.tentative.textContent = "";
  if (caption.kind === "done") {
    if (!line.settled.hasChildNodes()) {
      line.element.remove();
      lines = lines.filter((other) => other !== line);
    }
    return;
  }
  const first = !line.settled.hasChildNodes();
  const part = document.createElement("span");
  part.textContent = caption.text;
  if (caption.speaker) part.className = `s${(caption.speaker - 1) % 4 + 1}`;
  if (first) {
    const before = lines.at(-2);
    line.element.classList.toggle("turn", Boolean(before && caption.speaker && before.speaker !== caption.speaker));
  } else {
    line.settled.append(document.createElement("wbr"));
  }
  line.speaker = caption.speaker;
  line.settled.append(part);
}

function clear() {
  lines = [];
  flow.replaceChildren();
  scroll = 0;
}

// All that came since the last picture is drawn at once: nothing flickers between "settled" and the next "tentative".
let due = false;
function draw() {
  if (due) return;
  due = true;
  const later = document.hidden ? setTimeout : requestAnimationFrame;
  later(() => { due = false; place(); });
}

function place() {
  forget();
  const top = flow.getBoundingClientRect().top;
  const parts = flow.querySelectorAll(".settled > span");
  const boxes = parts.length ? parts[parts.length - 1].getClientRects() : [];
  // Rows down to the last settled word, and down to the last word.
  const box = boxes[boxes.length - 1];
  const settled = box ? Math.floor(((box.top + box.bottom) / 2 - top) / row) + 1 : 0;
  const all = Math.round(flow.offsetHeight / row);
  // A row is kept free for what comes, so that it has where to go. If it needs more, what is settled stays in sight.
  const free = likes.rows > 2 ? 1 : 0;
  const need = Math.max(all, settled + free) - likes.rows;
  scroll = Math.max(scroll, Math.min(need, Math.max(settled - 1, 0)));
  flow.style.transform = `translateY(${-scroll * row}px)`;
  tell();
}

// Lines that are long out of sight make room, and nothing is seen of it.
function forget() {
  if (lines.length <= LINES_KEPT) return;
  let gone = 0;
  while (lines.length > LINES_KEPT) {
    const rows = Math.round(lines[0].element.offsetHeight / row);
    if (gone + rows > scroll) break;
    gone += rows;
    lines.shift().element.remove();
  }
  if (!gone) return;
  scroll -= gone;
  flow.classList.add("still");
  flow.style.transform = `translateY(${-scroll * row}px)`;
  void flow.offsetHeight; // done without the movement
  flow.classList.remove("still");
}

function tell() {
  // After the end nobody needs to know that the program is gone.
  const wording = hidden ? "hidden" : !connected && state !== "ended" ? "connection" : state;
  const text = TEXTS[wording] || "";
  if (stateText.textContent !== text) stateText.textContent = text;
  root.dataset.state = wording;
}

// --- News from the program.

const BEATS = 40000; // it gives a sign of life every 15 s
const AGAIN = 1500;
let source;
let last = ""; // SESSION-NUMBER of the last event
let watch;

function connect() {
  const asked = new URLSearchParams();
  if (query.has("token")) asked.set("token", query.get("token"));
  if (last) asked.set("last", last);
  source = new EventSource(`events?${asked}`);
  source.onopen = () => { connected = true; alive(); tell(); };
  source.onmessage = (event) => {
    alive();
    const caption = JSON.parse(event.data);
    if (caption.kind !== "tentative" && !isNew(event.lastEventId)) return;
    take(caption);
    draw();
  };
  source.addEventListener("reset", (event) => {
    alive();
    last = event.lastEventId;
    const now = JSON.parse(event.data);
    clear();
    now.captions.forEach(take);
    state = now.state;
    draw();
  });
  source.addEventListener("beat", alive);
  source.onerror = () => {
    connected = false;
    tell();
    // The browser tries again after a break, but not after a refusal.
    if (source.readyState === EventSource.CLOSED) retry(AGAIN);
  };
  alive();
}

function isNew(id) {
  const at = id.lastIndexOf("-");
  const same = id.slice(0, at) === last.slice(0, last.lastIndexOf("-"));
  if (same && Number(id.slice(at + 1)) <= Number(last.slice(at + 1))) return false;
  last = id;
  return true;
}

// Without a sign of life the network is gone, of which browsers may say nothing for minutes.
function alive() {
  retry(BEATS);
}

function retry(after) {
  clearTimeout(watch);
  watch = setTimeout(() => { source.close(); connected = false; tell(); connect(); }, after);
}

// --- Keys, which are buttons in the help, too.

const ACTIONS = [
  ["+", ["+", "="], () => TEXTS.larger, () => like({ size: Math.min(likes.size * 1.15, 15) })],
  ["-", ["-"], () => TEXTS.smaller, () => like({ size: Math.max(likes.size / 1.15, 1) })],
  ...[2, 3, 4].map((rows) => [`${rows}`, [`${rows}`], () => `${rows} ${TEXTS.rows}`, () => like({ rows })]),
  ["D", ["d"], () => TEXTS.light, () => like({ light: !likes.light })],
  ["F", ["f"], () => TEXTS.full, full],
  [`H, ${TEXTS.space}`, ["h", " "], () => TEXTS.hide, hide],
  ["?", ["?"], () => TEXTS.help, toggleHelp],
];

function full() {
  (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()).catch(() => {});
}

function hide() {
  hidden = !hidden;
  root.classList.toggle("hidden", hidden);
  tell();
}

function toggleHelp() {
  if (help.open) help.close(); else help.showModal();
}

function setUp() {
  root.lang = german ? "de" : "en";
  document.title = TEXTS.title;
  flow.setAttribute("aria-label", TEXTS.title);
  notice.textContent = TEXTS.notice;
  more.setAttribute("aria-label", TEXTS.keys);
  more.addEventListener("click", toggleHelp);
  help.setAttribute("aria-label", TEXTS.keys);
  for (const [name, , text, act] of ACTIONS) {
    const button = document.createElement("button");
    const key = document.createElement("kbd");
    button.type = "button";
    key.textContent = name;
    button.append(key, name === "?" ? TEXTS.close : text());
    button.addEventListener("click", act);
    help.append(button);
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // A button that has the focus is pressed with the space bar.
    if (event.key === " " && event.target instanceof HTMLButtonElement) return;
    const action = ACTIONS.find(([, keys]) => keys.includes(event.key.toLowerCase()));
    if (!action) return;
    event.preventDefault();
    action[3]();
  });
  addEventListener("resize", fit);
  fit();
  connect();
}

setUp();
