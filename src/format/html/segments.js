// The transcript: the original segments, and the current ones.
//
// A segment is { start, end (ms), voice, text, words, lang, blank, breaks, unsure, edited, from } and is replaced, never changed. `from` lists
// the segments of the file that it comes from. A word is { at, to (in the text), start, end (ms), sure (in hundredths) }. `node` is
// the element that shows it, the only thing that may change.
const main = document.querySelector("main");
const WITHOUT_BLANKS = /^(ja|zh|yue|th|lo|km|my|bo)$/;
const UNSURE = 40;

const original = [];
let segments = [];
// Current names of speakers, by their IDs: "S1", or "new 1" for new ones.
let names = { ...data.voices };
// Gaps, markers and notes between segments: { at, node, block }, in order.
const items = [];

function adopt() {
  for (const block of [...main.children]) {
    if (block.dataset.at) {
      items.push({ at: Number(block.dataset.at), node: block, block: true, unheard: block.classList.contains("unheard") });
      continue;
    }
    const breaks = !block.classList.contains("turn");
    let first = true;
    for (const node of block.querySelectorAll("a")) {
      const [, start, end, voice] = /^ts_(\d+)_(\d+)_(.*)$/.exec(node.name);
      const segment = {
        start: Number(start), end: Number(end), voice: voice || null, text: node.textContent, lang: node.lang,
        blank: first ? !WITHOUT_BLANKS.test(node.lang || document.documentElement.lang) : node.previousSibling?.nodeType === Node.TEXT_NODE,
        breaks: breaks && first, unsure: node.className === "unsure", edited: node.className === "edited", from: [original.length], node,
      };
      segment.words = decoded(data.words[original.length] || [], segment);
      node.segment = segment;
      original.push(segment);
      first = false;
    }
  }
  delete data.words;
  segments = [...original];
  measure();
}

// Decodes four numbers per word: length of the text, pause before it, duration, confidence.
function decoded(numbers, segment) {
  const words = [];
  let [at, time] = [0, segment.start];
  for (let n = 0; n < numbers.length; n += 4) {
    while (segment.text[at] === " ") at++;
    const start = time + numbers[n + 1];
    time = start + numbers[n + 2];
    words.push({ at, to: at + numbers[n], start, end: time, sure: segment.edited ? 100 : numbers[n + 3] });
    at += numbers[n];
  }
  return words;
}

const label = (voice) => voice === null ? "" : names[voice];
const tidied = (text) => text.replace(/[\s\u00a0]+/g, " ").trim();
const clock = (ms) => {
  const s = Math.floor(ms / 1000);
  return `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
};

// The words of a text that was `old` before: those at its beginning and end that are the same keep their times, the others share the rest.
function timed(text, start, end, old, before) {
  const tokens = [...text.matchAll(/\S+/g)].map((found) => ({ at: found.index, to: found.index + found[0].length, text: found[0] }));
  if (!old.length) return [];
  const was = old.map((word) => before.slice(word.at, word.to));
  const most = Math.min(tokens.length, old.length);
  let [first, last] = [0, 0];
  while (first < most && tokens[first].text === was[first]) first++;
  while (last < most - first && tokens.at(-1 - last).text === was.at(-1 - last)) last++;
  const begin = first ? old[first - 1].end : start;
  const stop = last ? old.at(-last).start : end;
  const step = Math.max(stop - begin, 0) / Math.max(tokens.length - first - last, 1);
  return tokens.map(({ at, to }, n) => {
    const same = n < first ? old[n] : n >= tokens.length - last ? old[n - tokens.length + old.length] : null;
    if (same) return { ...same, at, to };
    return { at, to, start: Math.round(begin + step * (n - first)), end: Math.round(begin + step * (n - first + 1)), sure: 100 };
  });
}

function retold(segment, text) {
  return { ...segment, text, words: timed(text, segment.start, segment.end, segment.words, segment.text), unsure: false };
}

// Splits a segment at a position in its text; null if one side is empty.
function parted(segment, place) {
  const texts = [segment.text.slice(0, place).trim(), segment.text.slice(place).trim()];
  if (!texts[0] || !texts[1]) return null;
  const { words } = segment;
  const [before, after] = [words.filter((word) => word.to <= place), words.filter((word) => word.at >= place)];
  const inside = words.find((word) => word.at < place && place < word.to);
  const share = (from, to, start, end) => Math.round(start + (end - start) * (place - from) / (to - from));
  let [end, start] = [before.at(-1)?.end, after[0]?.start];
  if (inside || end === undefined || start === undefined) {
    end = start = inside ? share(inside.at, inside.to, inside.start, inside.end) : share(0, segment.text.length, segment.start, segment.end);
  }
  const within = (time) => Math.min(Math.max(time, segment.start), segment.end);
  const shift = segment.text.length - segment.text.slice(place).trimStart().length;
  const moved = (list, by) => list.map((word) => ({ ...word, at: word.at - by, to: word.to - by }));
  const left = { ...segment, text: texts[0], end: within(end), node: null };
  const right = { ...segment, text: texts[1], start: within(start), breaks: false, blank: true, node: null };
  left.words = timed(left.text, left.start, left.end, before, segment.text);
  right.words = timed(right.text, right.start, right.end, moved(after, shift), right.text);
  return [left, right];
}

function joined(one, two) {
  const text = one.text + (two.blank ? " " : "") + two.text;
  const shift = text.length - two.text.length;
  const words = one.words.length && two.words.length
    ? [...one.words, ...two.words.map((word) => ({ ...word, at: word.at + shift, to: word.to + shift }))] : [];
  const from = [...new Set([...one.from, ...two.from])];
  return { ...one, text, words, end: Math.max(one.end, two.end), from, unsure: one.unsure || two.unsure, edited: one.edited && two.edited, node: null };
}

// The segments that are being said at a time, in order: several if speakers talk at the same time.
function speakingAt(ms) {
  const speaking = [];
  for (let n = spokenAt(ms); n >= 0 && segments[n].start >= ms - longest; n--) if (ms < segments[n].end) speaking.unshift(segments[n]);
  return speaking;
}

// The length of the longest segment, and the end of the last, in milliseconds.
let longest = 0;
let latest = 0;
function measure() {
  latest = segments.reduce((last, { end }) => Math.max(last, end), 0);
  longest = segments.reduce((most, { start, end }) => Math.max(most, end - start), 0);
}

// The index of the last segment that has begun at a time, or -1.
function spokenAt(ms) {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].start <= ms) low = middle + 1; else high = middle;
  }
  return low - 1;
}
