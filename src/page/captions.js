// Shows live captions. Settled words never move within their row; rows only move up, and only as a whole.
const texts = JSON.parse(document.getElementById("texts").textContent);
const LANGUAGE = chosenLanguage(texts);
const T = texts[LANGUAGE];

const query = new URLSearchParams(location.search);
const overlay = query.has("overlay");
const root = document.documentElement;
const [main, flow, stateText, notice, more, help] =
  ["window", "flow", "state", "notice", "more", "help"].map((id) => document.getElementById(id));

// --- Settings of the viewer, stored in the browser.

const STORE = overlay ? "transcribe-overlay" : "transcribe-captions";
// Size in hundredths of the window's width: some 40 characters a row.
const likes = { size: 4.5, rows: 3, light: false };
try {
  const kept = JSON.parse(localStorage.getItem(STORE)) || {};
  if (kept.size >= 1 && kept.size <= 15) likes.size = kept.size;
  if ([2, 3, 4].includes(kept.rows)) likes.rows = kept.rows;
  likes.light = kept.light === true;
} catch { /* Storage is not allowed, or holds something else: the defaults. */ }

function like(change) {
  Object.assign(likes, change);
  try { localStorage.setItem(STORE, JSON.stringify(likes)); } catch { /* It holds until the page is left. */ }
  fit();
}

// --- Lines and rows. A line of the captions takes one row or more on the screen.

const LINES_KEPT = 20;
let lines = [];
let row = 0; // pixels
let scroll = 0; // rows above the window; it only grows, or settled words would move down
let hidden = false;
let state = "listening";
let connected = true;

function fit() {
  root.classList.toggle("light", likes.light && !overlay);
  root.classList.toggle("overlay", overlay);
  // Small enough for the rows to fit, and large enough to read.
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

// Draws all changes of a frame at once, so that nothing flickers between "settled" and the next "tentative".
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

// Removes lines far above the window, without a visible change.
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
  // After the end a lost connection does not matter.
  const wording = hidden ? "hidden" : !connected && state !== "ended" ? "connection" : state;
  const text = T[wording] ?? "";
  if (stateText.textContent !== text) stateText.textContent = text;
  root.dataset.state = wording;
}

// --- Events from the program.

const BEATS = 40000; // the program sends an event at least every 15 s
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
    // The browser reconnects after an interruption, but not after a refusal.
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

// Without events the network is down, which browsers may not report for minutes.
function alive() {
  retry(BEATS);
}

function retry(after) {
  clearTimeout(watch);
  watch = setTimeout(() => { source.close(); connected = false; tell(); connect(); }, after);
}

// --- Keys, which are also buttons in the help.

const ACTIONS = [
  ["+", ["+", "="], () => T.larger, () => like({ size: Math.min(likes.size * 1.15, 15) })],
  ["-", ["-"], () => T.smaller, () => like({ size: Math.max(likes.size / 1.15, 1) })],
  ...[2, 3, 4].map((rows) => [`${rows}`, [`${rows}`], () => `${rows} ${T.rows}`, () => like({ rows })]),
  ["D", ["d"], () => T.light, () => like({ light: !likes.light })],
  ["F", ["f"], () => T.full, full],
  [`H, ${T.space}`, ["h", " "], () => T.hide, hide],
  ["?", ["?"], () => T.help, toggleHelp],
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
  root.lang = LANGUAGE;
  document.title = T.title;
  document.querySelector("h1").textContent = T.title;
  flow.setAttribute("aria-label", T.title);
  notice.textContent = T.notice;
  more.setAttribute("aria-label", T.keys);
  more.addEventListener("click", toggleHelp);
  help.setAttribute("aria-label", T.keys);
  for (const [name, , text, act] of ACTIONS) {
    const button = document.createElement("button");
    const key = document.createElement("kbd");
    button.type = "button";
    key.textContent = name;
    button.append(key, name === "?" ? T.close : text());
    button.addEventListener("click", act);
    help.append(button);
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // The space bar presses the focused button.
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
