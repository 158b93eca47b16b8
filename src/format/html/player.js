// Plays the recording and shows its position.
const audio = document.querySelector("audio");
const reduced = matchMedia("(prefers-reduced-motion: reduce)");
const SPEEDS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
// In milliseconds; also without the recording.
let position = 0;
let now = []; // the elements of the segments that are said now
let following = true;
// Where playing ends by itself, in milliseconds.
let stopAt = Infinity;

const there = () => audio.readyState > 0;

function seek(ms, follow = true) {
  position = Math.max(0, ms);
  stopAt = Infinity;
  if (follow) following = true;
  if (there()) {
    if (position / 1000 > audio.duration) say(T.beyond);
    audio.currentTime = Math.min(position / 1000, audio.duration || Infinity);
  }
  point();
}

function toggle() {
  following = true;
  stopAt = Infinity;
  if (audio.paused) audio.play().catch(() => {}); else audio.pause();
}

// Plays one place, and stops behind it.
function playPart(start, end) {
  seek(start);
  stopAt = end;
  if (there()) audio.play().catch(() => {});
}

function speed(by) {
  const nearest = SPEEDS.reduce((best, value, n) => Math.abs(value - audio.playbackRate) < Math.abs(SPEEDS[best] - audio.playbackRate) ? n : best, 0);
  audio.playbackRate = SPEEDS[Math.min(Math.max(nearest + by, 0), SPEEDS.length - 1)];
}

// Highlights the words that are being said.
function point() {
  const current = speakingAt(position);
  const nodes = current.map((segment) => segment.node);
  for (const node of now) if (!nodes.includes(node)) node?.classList.remove("now");
  for (const node of nodes) node.classList.add("now");
  now = nodes;
  const words = current.map((segment) => [segment, segment.words.findLast((word) => word.start <= position)]);
  paint("now", words.filter(([, word]) => word).map(([segment, word]) => stretch(segment, word.at, word.to)), 3);
  if (following && current.length && !audio.paused) inSight(current.at(-1).node);
  showPosition(position);
}

function inSight(node, always = false) {
  const [top, bottom] = [bar.getBoundingClientRect().bottom, innerHeight - panel.offsetHeight];
  const box = node.getBoundingClientRect();
  if (!always && box.top > top + 8 && box.bottom < bottom - (bottom - top) / 5) return;
  scrollBy({ top: box.top - top - (bottom - top) / 3, behavior: reduced.matches || always ? "instant" : "smooth" });
}

function tick() {
  if (audio.paused) return;
  position = audio.currentTime * 1000;
  point();
  if (position >= stopAt) {
    stopAt = Infinity;
    audio.pause();
  }
  requestAnimationFrame(tick);
}

function setUpPlayer() {
  audio.preservesPitch = true;
  audio.addEventListener("play", () => { tick(); showPlaying(); });
  audio.addEventListener("pause", showPlaying);
  audio.addEventListener("ratechange", showPlaying);
  audio.addEventListener("seeked", () => { position = audio.currentTime * 1000; point(); });
  audio.addEventListener("loadedmetadata", () => { notice("missing", ""); if (position) audio.currentTime = position / 1000; });
  audio.addEventListener("error", missing);
  // The error may have occurred before there was a listener.
  if (audio.error || audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE || !audio.getAttribute("src")) missing();
  // Scrolling stops the page from following playback.
  for (const kind of ["wheel", "touchmove"]) addEventListener(kind, () => { following = false; }, { passive: true });
  main.addEventListener("click", (event) => {
    if (event.target.closest("button, [contenteditable]")) return;
    const place = placeAt(event.clientX, event.clientY);
    if (!place || !getSelection().isCollapsed) return;
    const { segment, offset } = place;
    const word = segment.words.findLast((word) => word.at <= offset);
    focusOn(segment, false);
    seek(word ? word.start : segment.start);
  });
}

// The segment and the offset in its text at a point of the window.
function placeAt(x, y) {
  let [node, offset] = [];
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y);
    [node, offset] = [caret?.offsetNode, caret?.offset];
  } else {
    const caret = document.caretRangeFromPoint(x, y);
    [node, offset] = [caret?.startContainer, caret?.startOffset];
  }
  const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  const segment = element?.closest?.("a")?.segment;
  return segment ? { segment, offset } : null;
}

function missing() {
  const input = make("input", { type: "file", accept: "audio/*,video/*", hidden: true });
  input.addEventListener("change", () => {
    if (!input.files.length) return;
    if (audio.src.startsWith("blob:")) URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(input.files[0]);
  });
  notice("missing", filled(T.missing, { name: data.recording.name }), input, button(T.pick, () => input.click()));
}
