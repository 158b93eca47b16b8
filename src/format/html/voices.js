// Speakers: filtering, renaming, reassigning.
const chips = make("div", { id: "voices", role: "group", ariaLabel: T.voices });
const shown = new Set(); // empty: all
const visible = (segment) => !shown.size || shown.has(label(segment.voice));

function showVoices() {
  const used = new Set(segments.map((segment) => label(segment.voice)));
  for (const name of shown) if (!used.has(name)) shown.delete(name);
  chips.replaceChildren();
  if (used.size < 2 && used.has("")) return;
  for (const name of [...people(), ""].filter((name) => used.has(name))) {
    const chip = button(name || T.noVoice, () => {
      if (!shown.delete(name)) shown.add(name);
      filter();
      showVoices();
      [...chips.querySelectorAll(".chip")].find((other) => other.textContent === (name || T.noVoice))?.focus();
    }, { className: `chip ${name ? colour(voicesOf(name)[0]) : ""}`, ariaPressed: String(shown.has(name)) });
    const pen = signButton("✎", T.rename, () => askVoice(segments.find((segment) => label(segment.voice) === name), "everywhere"),
      { className: "pen", ariaLabel: `${name || T.noVoice}: ${T.rename}` });
    chips.append(make("span", {}, chip, pen));
  }
  chips.append(button(`${T.voices} …`, askPeople, { className: "everyone", title: T.allVoices }));
  if (shown.size) chips.append(button(T.all, () => { shown.clear(); filter(); showVoices(); }, { className: "all" }));
}

function filter() {
  for (const paragraph of main.children) {
    const first = paragraph.querySelector("a")?.segment;
    paragraph.hidden = Boolean(first) && !visible(first);
  }
  findAgain();
  drawStrip();
}

// --- One dialog for the speaker of a segment.

const voiceDialog = make("dialog", { id: "voice", ariaLabel: T.voice });
let asked = null;

function askVoice(segment, scope) {
  leave();
  if (!segments.includes(segment)) return;
  const several = scope !== "everywhere" && picked.length > 1 && picked.includes(segment);
  if (several) [segment, scope] = [picked[0], "picked"];
  asked = segment;
  const name = label(segment.voice);
  const input = make("input", { name: "called", value: name, autocomplete: "off" });
  input.setAttribute("list", "people");
  const choice = (value, text) => make("label", {}, make("input", { type: "radio", name: "scope", value, checked: value === scope }), ` ${text}`);
  const form = make("form", { method: "dialog" },
    make("label", { className: "wide" }, `${T.name} `, input),
    make("datalist", { id: "people" }, ...people().map((person) => make("option", { value: person }))),
    ...several ? [choice("picked", filled(T.several, { n: picked.length }))] : [],
    choice("everywhere", filled(T.everywhere, { name: name || T.noVoice })), choice("turn", T.turn), choice("one", T.one),
    make("p", { className: "buttons" }, make("button", { type: "submit" }, T.ok), button(T.cancel, () => voiceDialog.close())));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = giveVoice(asked, form.elements.scope.value, tidied(input.value));
    input.setCustomValidity(wrong || "");
    if (wrong) input.reportValidity(); else voiceDialog.close();
  });
  input.addEventListener("input", () => input.setCustomValidity(""));
  voiceDialog.replaceChildren(make("h2", {}, T.voice), form);
  voiceDialog.showModal();
  input.select();
}

// Assigns a speaker. Returns an error message, or an empty string.
function giveVoice(segment, scope, name) {
  const before = label(segment.voice);
  if (name === before && scope !== "picked" || !name && scope === "everywhere") return "";
  const originals = Object.keys(data.voices);
  const voices = voicesOf(before);
  // The file identifies a new speaker by name alone, so the name must not be one that another speaker had.
  const taken = originals.some((voice) => [data.voices[voice], ...inFiles(voice)].includes(name) && names[voice] !== name);
  if (scope === "everywhere" && segment.voice !== null && (voices.some((voice) => originals.includes(voice)) || !voicesOf(name).length)) {
    if (taken && voices.some((voice) => !originals.includes(voice))) return filled(T.taken, { name });
    change(0, 0, [], { called: { ...names, ...Object.fromEntries(voices.map((voice) => [voice, name])) } });
    return "";
  }
  const called = { ...names };
  const known = voicesOf(name)[0];
  if (name && !known && taken) return filled(T.taken, { name });
  const voice = name ? known ?? newVoice(called, name) : null;
  const [first, last] = reach(segment, scope);
  const concerned = (one) => scope === "picked" ? picked.includes(one) : label(one.voice) === before;
  const into = segments.slice(first, last + 1).map((one) => concerned(one) ? { ...one, voice, node: null } : one);
  const at = segments.indexOf(segment) - first;
  change(first, into.length, into, { called });
  choose(into[at]);
  return "";
}

// The indices of the first and the last segment in the scope.
function reach(segment, scope) {
  if (scope === "picked") return [segments.indexOf(picked[0]), segments.indexOf(picked.at(-1))];
  const at = segments.indexOf(segment);
  const like = (n) => segments[n] && label(segments[n].voice) === label(segment.voice);
  if (scope === "everywhere") return [segments.findIndex((_, n) => like(n)), segments.findLastIndex((_, n) => like(n))];
  let [first, last] = [at, at];
  if (scope === "turn") {
    while (first > 0 && !beginsTurn(first)) first--;
    while (segments[last + 1] && !beginsTurn(last + 1)) last++;
  }
  return [first, last];
}

// Whether a turn begins with this segment on the page; a gap ends a turn.
function beginsTurn(n) {
  const { node } = segments[n];
  const paragraph = node.closest("p");
  return paragraph.classList.contains("turn") && paragraph.querySelector("a") === node;
}

function setUpVoices() {
  main.addEventListener("click", (event) => {
    if (!event.target.closest("button.name")) return;
    askVoice(event.target.closest("p").querySelector("a").segment, "everywhere");
  });
  onChange(() => { showVoices(); filter(); });
}
