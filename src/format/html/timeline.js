// A timeline to click on: a row for each speaker, and one for uncertain or missing text.
const strip = make("div", { id: "strip", role: "slider", tabIndex: 0, ariaLabel: T.timeline });
const canvas = make("canvas");
const head = make("div", { id: "head" });
const ROW = 7; // pixels
const ROWS = 6;

const whole = () => Math.max(data.duration, latest, 1);

function drawStrip() {
  const ratio = devicePixelRatio || 1;
  const shown = people();
  const rows = Math.min(Math.max(shown.length, 1), ROWS) + 1;
  const [width, height] = [strip.clientWidth, rows * ROW];
  strip.style.height = `${height}px`;
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  if (!width || !context) return;
  context.scale(ratio, ratio);
  const styles = getComputedStyle(document.documentElement);
  const colours = Array.from({ length: COLOURS }, (_, n) => styles.getPropertyValue(`--v${n + 1}`));
  const [dim, doubt] = [styles.getPropertyValue("--dim"), styles.getPropertyValue("--doubt")];
  const bar = (start, end, row, fill, least = 1) => {
    context.fillStyle = fill;
    context.fillRect(start / whole() * width, row * ROW, Math.max((end - start) / whole() * width, least), ROW - 1);
  };
  for (const segment of segments) {
    const person = segment.voice === null ? -1 : shown.indexOf(label(segment.voice));
    const fill = person < 0 ? dim : colours[person % COLOURS];
    if (visible(segment)) bar(segment.start, segment.end, Math.max(person, 0) % ROWS, fill);
  }
  for (const place of places()) bar(place.at, place.at, rows - 1, doubt, 2);
}

function showPosition(ms) {
  head.style.transform = `translateX(${ms / whole() * strip.clientWidth}px)`;
  if (strip.ariaValueText === clock(ms)) return;
  strip.ariaValueNow = String(Math.floor(ms / 1000));
  strip.ariaValueText = clock(ms);
}

function setUpStrip() {
  strip.append(canvas, head);
  strip.ariaValueMin = "0";
  strip.ariaValueMax = String(Math.floor(whole() / 1000));
  const at = (event) => (event.clientX - strip.getBoundingClientRect().left) / strip.clientWidth * whole();
  strip.addEventListener("pointerdown", (event) => {
    strip.setPointerCapture(event.pointerId);
    go(at(event));
  });
  strip.addEventListener("pointermove", (event) => { if (strip.hasPointerCapture(event.pointerId)) go(at(event)); });
  strip.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -5000, ArrowRight: 5000, PageUp: -60000, PageDown: 60000, Home: -Infinity, End: Infinity }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    go(Math.min(Math.max(position + by, 0), whole()));
  });
  new ResizeObserver(() => { drawStrip(); showPosition(position); }).observe(strip);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawStrip);
  let due = 0;
  onChange(() => { clearTimeout(due); due = setTimeout(drawStrip, 100); });
}

// Moves to a time, and scrolls the text there.
function go(ms) {
  seek(ms);
  const segment = segments[Math.max(spokenAt(ms), 0)];
  if (segment) inSight(segment.node, true);
}
