// Who is in the recording: several speakers or segments at once. The window with all speakers: how long each talks, samples of the voice, names; one name for two makes them one.
const peopleDialog = make("dialog", { id: "speakers", ariaLabel: T.voices });
const SAMPLE = 6000; // ms; the length of a good sample
const SAMPLES = 3;

// The clearest places of a speaker: nobody else talks, the text is sure, the length is close to that of a good sample.
function samplesOf(name) {
  const own = segments.filter((segment) => label(segment.voice) === name);
  const far = ({ start, end, unsure }) => Math.abs(end - start - SAMPLE) + (unsure ? SAMPLE : 0);
  const crowded = (one) => segments.some((other) => label(other.voice) !== name && other.start < one.end && other.end > one.start);
  const clear = own.filter((segment) => !crowded(segment));
  return (clear.length ? clear : own).sort((one, two) => far(one) - far(two)).slice(0, SAMPLES);
}

// Plays until a time, or until something else is played.
let sampleEnd = null;
function playSample({ start, end }) {
  seek(start, false);
  sampleEnd = Math.min(end, start + 2 * SAMPLE);
  audio.play().catch(() => {});
}

function endSample() {
  if (sampleEnd === null) return;
  if (audio.currentTime * 1000 >= sampleEnd || audio.currentTime * 1000 < sampleEnd - 3 * SAMPLE) {
    sampleEnd = null;
    audio.pause();
  }
}

function askPeople() {
  leave();
  const rows = people().filter((name) => segments.some((segment) => label(segment.voice) === name)).map(personRow);
  if (!rows.length) return say(T.noVoices);
  const told = make("p", { role: "status" });
  const form = make("form", { method: "dialog" },
    make("table", {},
      make("tr", {}, make("td"), make("th", { scope: "col" }, T.name), make("th", { scope: "col" }, T.talkTime), make("th", { scope: "col" }, T.sample)),
      ...rows.map((row) => row.line)),
    told,
    make("p", { className: "buttons" }, make("button", { type: "submit" }, T.ok), button(T.cancel, () => peopleDialog.close())));
  form.addEventListener("input", ({ target }) => {
    target.setCustomValidity("");
    const given = rows.map((row) => tidied(row.input.value));
    const twice = given.find((name, n) => name && given.indexOf(name) < n);
    told.textContent = twice ? filled(T.united, { name: twice }) : "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = giveNames(new Map(rows.map((row) => [row.name, tidied(row.input.value) || row.name])));
    if (!wrong) return peopleDialog.close();
    const { input } = rows.find((row) => tidied(row.input.value) === wrong);
    input.setCustomValidity(filled(T.taken, { name: wrong }));
    input.reportValidity();
  });
  peopleDialog.replaceChildren(make("h2", {}, T.voices), form);
  peopleDialog.showModal();
  rows[0].input.select();
}

function personRow(name) {
  const own = segments.filter((segment) => label(segment.voice) === name);
  const time = own.reduce((sum, segment) => sum + segment.end - segment.start, 0);
  const all = segments.reduce((sum, segment) => sum + segment.end - segment.start, 0);
  const input = make("input", { name: "name", value: name, autocomplete: "off", ariaLabel: filled(T.nameOf, { name }) });
  const samples = samplesOf(name);
  let next = 0;
  const listen = signButton("▶", filled(T.hear, { name }), () => { playSample(samples[next]); next = (next + 1) % samples.length; });
  const line = make("tr", {}, make("td", {}, make("span", { className: `dot ${colour(voicesOf(name)[0])}` })), make("td", {}, input),
    make("td", {}, `${clock(time)} (${Math.round(time / Math.max(all, 1) * 100)} %)`), make("td", {}, listen));
  return { name, input, line };
}

// Gives all speakers their new names at once. Returns a name that is not possible, or an empty string.
function giveNames(wanted) {
  const originals = Object.keys(data.voices);
  const called = { ...names };
  const moved = new Map();
  for (const [before, name] of wanted) {
    if (name === before) continue;
    const voices = voicesOf(before);
    const target = voicesOf(name).find((voice) => originals.includes(voice) && (wanted.get(name) ?? name) === name);
    const added = voices.every((voice) => !originals.includes(voice));
    // The file identifies a new speaker by name alone, so it becomes the one who has the name.
    if (added && target) voices.forEach((voice) => moved.set(voice, target));
    else voices.forEach((voice) => { called[voice] = name; });
    const had = originals.find((voice) => [data.voices[voice], ...inFiles(voice)].includes(name) && names[voice] !== name);
    if (added && !target && had) return name;
  }
  if (Object.keys(names).every((voice) => called[voice] === names[voice]) && !moved.size) return "";
  const into = moved.size ? segments.map((one) => moved.has(one.voice) ? { ...one, voice: moved.get(one.voice), node: null } : one) : [];
  change(0, into.length, into, { called });
  return "";
}

// --- Several segments at once: Shift and a click, or Shift and an arrow.

let picked = [];

function pickNone() {
  for (const { node } of picked) node?.classList.remove("picked");
  picked = [];
}

// Picks all from the one where it began, or the one with the tab stop, to this one.
function pickTo(segment, from = picked.begin ?? active) {
  const ends = [segments.indexOf(from), segments.indexOf(segment)].sort((one, two) => one - two);
  if (ends[0] < 0) return;
  pickNone();
  // Only what is seen.
  picked = segments.slice(ends[0], ends[1] + 1).filter(visible);
  picked.begin = from;
  picked.end = segment;
  for (const { node } of picked) node.classList.add("picked");
  focusOn(segment);
  inSight(segment.node);
}

function pickNext(by) {
  let at = segments.indexOf(picked.end ?? active) + by;
  while (segments[at] && !visible(segments[at])) at += by;
  if (segments[at]) pickTo(segments[at]);
}

function setUpPeople() {
  audio.addEventListener("timeupdate", endSample);
  audio.addEventListener("pause", () => { sampleEnd = null; });
  peopleDialog.addEventListener("close", () => { if (sampleEnd !== null) audio.pause(); });
  main.addEventListener("click", (event) => {
    const segment = event.target.closest("a")?.segment;
    if (!segment || typing) return;
    if (!event.shiftKey) return pickNone();
    event.preventDefault();
    event.stopPropagation();
    getSelection().empty();
    pickTo(segment);
  }, true);
  onChange(pickNone);
}
