// The recording: playing it, and showing where it is.
const audio = document.querySelector("audio");
const reduced = matchMedia("(prefers-reduced-motion: reduce)");
const SPEEDS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
// Milliseconds. Without the recording it still says where the reader is.
let position = 0;
let now = null;
let following = true;

const there = () => audio.readyState > 0;

function seek(ms, follow = true) {
  position = Math.max(0, ms);
  if (follow) following = true;
  if (there()) {
    if (position / 1000 > audio.duration) say(T.beyond);
    audio.currentTime = Math.min(position / 1000, audio.duration || Infinity);
  }
  point();
}

function toggle() {
  following = true;
  if (audio.paused) audio.play().catch(() => {}); else audio.pause();
}

function speed(by) {
  const nearest = SPEEDS.reduce((best, value, n) => Math.abs(value - audio.playbackRate) < Math.abs(SPEEDS[best] - audio.playbackRate) ? n : best, 0);
  audio.playbackRate = SPEEDS[Math.min(Math.max(nearest + by, 0), SPEEDS.length - 1)];
}

// Shows the word that is said now.
function point() {
  const segment = segments[spokenAt(position)] ?? null;
  const current = segment && position < segment.end ? segment : null;
  if (current?.node !== now) {
    now?.classList.remove("now");
    now = current?.node ?? null;
    now?.classList.add("now");
  }
  const word = current?.words.findLast((word) => word.start <= position);
  paint("now", word ? [stretch(current, word.at, word.to)] : [], 3);
  if (following && current && !audio.paused) inSight(current.node);
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
  // It may have been too early for the event.
  if (audio.error || audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE || !audio.getAttribute("src")) missing();
  // Whoever scrolls wants to read there.
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
  notice("missing", T.missing(data.recording.name), input, button(T.pick, () => input.click()));
}
