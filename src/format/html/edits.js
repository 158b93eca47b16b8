// Changes: made, undone, stored in the browser, and saved as a file that `transcribe apply` reads.
//
// There is one kind of change: other segments replace some consecutive ones, and speakers may get other names.
const past = [];
const future = [];
let downloaded = true;
const listeners = [];
const onChange = (listener) => listeners.push(listener);

// Replaces `count` segments from `at` on by `into`. `quiet`: the page shows them already.
function change(at, count, into, { called = names, quiet = false, typing = false } = {}) {
  const step = { at, out: segments.slice(at, at + count), into, before: names, after: called, typing };
  const last = past.at(-1);
  // Continuous typing is one step.
  if (typing && last?.typing && last.at === at && last.into[0] === step.out[0]) last.into = into;
  else past.push(step);
  future.length = 0;
  put(step.at, step.out, into, called, quiet);
}

function put(at, out, into, called, quiet) {
  const renamed = called !== names;
  names = called;
  segments.splice(at, out.length, ...into);
  measure();
  downloaded = false;
  if (!quiet) redraw(at, into.length);
  if (renamed) showNames();
  if (!quiet) listeners.forEach((listener) => listener());
  later();
}

function undo() {
  const step = past.pop();
  if (!step) return;
  step.typing = false;
  future.push(step);
  put(step.at, step.into, step.out, step.before);
  return show(step.at, step.out.length);
}

function redo() {
  const step = future.pop();
  if (!step) return;
  past.push(step);
  put(step.at, step.out, step.into, step.after);
  return show(step.at, step.into.length);
}

// Ends a step of typing: the next change is a step of its own.
function endStep() {
  if (past.length) past.at(-1).typing = false;
}

// --- The file.

const same = (one, two) => ["start", "end", "voice", "text"].every((field) => one[field] === two[field]);
// A segment without length counts as one millisecond.
const until = (segment) => Math.max(segment.end, segment.start + 1);

// Time spans with changes, as { start, end, before, after }; the latter two are segments in order.
function changes() {
  const used = new Map();
  for (const segment of segments) for (const n of segment.from) used.set(n, (used.get(n) || 0) + 1);
  const pieces = [];
  for (const segment of segments) {
    const sources = segment.from.map((n) => original[n]);
    const untouched = sources.length === 1 && used.get(segment.from[0]) === 1 && same(segment, sources[0]);
    const all = [segment, ...sources];
    pieces.push({ from: Math.min(...all.map((s) => s.start)), to: Math.max(...all.map(until)), changed: !untouched, before: segment.from, after: [segment] });
  }
  original.forEach((segment, n) => {
    if (!used.has(n)) pieces.push({ from: segment.start, to: until(segment), changed: true, before: [n], after: [] });
  });
  pieces.sort((one, two) => one.from - two.from || one.to - two.to);
  // Overlapping pieces form one span, which contains whole segments, old and new.
  const stretches = [];
  for (const piece of pieces) {
    const last = stretches.at(-1);
    if (last && piece.from < last.to) {
      last.to = Math.max(last.to, piece.to);
      last.changed ||= piece.changed;
      piece.before.forEach((n) => last.before.add(n));
      last.after.push(...piece.after);
    } else {
      stretches.push({ ...piece, before: new Set(piece.before), after: [...piece.after] });
    }
  }
  const order = new Map(segments.map((segment, n) => [segment, n]));
  return stretches.filter((stretch) => stretch.changed).map((stretch) => {
    const before = [...stretch.before].sort((one, two) => one - two).map((n) => original[n]);
    const after = stretch.after.sort((one, two) => order.get(one) - order.get(two));
    const all = [...before, ...after];
    return { start: Math.min(...all.map((s) => s.start)), end: Math.max(...all.map((s) => s.end)), before, after };
  });
}

// What a speaker is called in the file: by the original name.
const inFile = (voice) => data.voicesInFile[voice] ?? names[voice];
// What a speaker of the transcript is called in this file, and in those of pages from before it was renamed.
const inFiles = (voice) => [data.voicesInFile[voice], ...(data.formerNames[voice] ?? [])];

function file() {
  const renamed = Object.keys(data.voices).filter((voice) => names[voice] !== data.voices[voice]);
  const checked = marks();
  return {
    transcribe_edits: 1,
    recording: { name: data.recording.name, sha256: data.recording.sha256 },
    saved: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    speakers: Object.keys(data.voices).map((voice) => ({ id: Number(voice.slice(1)), name: data.voicesInFile[voice], former_names: data.formerNames[voice] })),
    names: Object.fromEntries(renamed.map((voice) => [data.voicesInFile[voice], names[voice]])),
    edits: changes().map(({ start, end, before, after }) => ({
      start: start / 1000,
      end: end / 1000,
      before: before.map((segment) => segment.text).join(" "),
      segments: after.filter((segment) => segment.text).map((segment) => ({
        start: segment.start / 1000,
        end: segment.end / 1000,
        ...(segment.voice === null ? {} : { speaker: inFile(segment.voice) }),
        text: segment.text,
      })),
    })),
    ...(checked.length ? { checked } : {}),
  };
}

// How many changes a file has.
const counted = ({ names, edits, checked = [] }) => edits.length + Object.keys(names).length + checked.length;

function newVoice(called, name) {
  let number = 1;
  while (`new ${number}` in called) number++;
  called[`new ${number}`] = name;
  return `new ${number}`;
}

// Applies the edits of a file, as one step that can be undone. Returns how many of them do not fit.
function restore({ names: renamed = {}, speakers = [], edits = [], checked: given = [] }) {
  const called = { ...data.voices };
  const originals = Object.keys(data.voices);
  const known = new Map(speakers.map((speaker) => [speaker.name, speaker]));
  // The speaker of the transcript who is meant: by number and a name in common, by the present name, or by a former one.
  const numbered = (voice, name) => voice === `S${known.get(name)?.id}`
    && (inFiles(voice).includes(name) || Boolean(known.get(name).former_names?.includes(data.voicesInFile[voice])));
  const meant = (name) => originals.find((voice) => numbered(voice, name))
    ?? originals.find((voice) => data.voicesInFile[voice] === name) ?? originals.find((voice) => inFiles(voice).includes(name));
  const voiceOf = (name) => {
    if (name === undefined || name === null) return null;
    return meant(name) ?? Object.keys(called).find((voice) => !originals.includes(voice) && called[voice] === name) ?? newVoice(called, name);
  };
  const milliseconds = (seconds) => Math.round(seconds * 1000);
  const into = [...original];
  let unfit = 0;
  const renames = {};
  for (const [old, name] of Object.entries(renamed)) {
    const voice = meant(old);
    if (!voice) continue;
    const present = data.voicesInFile[voice];
    if (present === old || known.get(old)?.former_names?.includes(present)) renames[voice] = name;
    // Somebody else has given another name.
    else if (![data.voices[voice], ...inFiles(voice)].includes(name)) unfit++;
  }
  for (const edit of [...edits].reverse()) {
    const [start, end] = [milliseconds(edit.start), milliseconds(edit.end)];
    const inside = original.flatMap((segment, n) => segment.start >= start && segment.end <= end ? [n] : []);
    // A segment without length may be at the edge and belong to the neighbouring span.
    const lasting = inside.filter((n) => original[n].start < original[n].end);
    const from = [inside, lasting].find((list) => list.map((n) => original[n].text).join(" ") === edit.before);
    if (!from || from.some((n, at) => n !== from[0] + at)) {
      unfit++;
      continue;
    }
    const place = from.length ? into.indexOf(original[from[0]]) : into.findIndex((segment) => segment.start >= end);
    const old = from.map((n) => original[n]).reduce((one, two) => one ? joined(one, two) : two, null);
    let rest = old?.text ?? "";
    const made = edit.segments.map(({ start, end, speaker, text }, n) => {
      const made = { ...old, lang: old?.lang ?? "", start: milliseconds(start), end: milliseconds(end), voice: voiceOf(speaker), text: tidied(text),
        blank: old?.blank ?? true, breaks: n === 0 && Boolean(old?.breaks), from, unsure: false, edited: false, node: null };
      const within = old ? old.words.filter((word) => word.start >= made.start && word.end <= made.end) : [];
      made.words = timed(made.text, made.start, made.end, within, rest);
      return made;
    });
    into.splice(place < 0 ? into.length : place, from.length, ...made);
  }
  Object.assign(called, renames);
  restoreMarks(given);
  change(0, segments.length, into, { called });
  return unfit;
}

function download() {
  const told = file();
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(told, null, 2)}\n`], { type: "application/json" }));
  const stem = data.recording.name.replace(/\.[^.]*$/, "") || "transcript";
  make("a", { href: url, download: `${stem}.edits.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  downloaded = true;
  store();
}

async function openEdits(chosen) {
  try {
    const told = JSON.parse(await chosen.text());
    if (told.transcribe_edits !== 1 || told.recording.sha256 !== data.recording.sha256) throw new Error();
    const unfit = restore(told);
    if (unfit) say(filled(T.partly, { n: unfit }));
  } catch {
    say(T.foreign);
  }
}

addEventListener("beforeunload", (event) => { if (!downloaded) { event.preventDefault(); event.returnValue = true; } });
