// Live: begins a session, shows what is said as it comes and how things are, and passes on keys.
const begin = find("begin");
const session = find("session");

function setUpBegin() {
  begin.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = find("begin-problem");
    problem.hidden = true;
    find("listen").disabled = true;
    find("opening").textContent = T.liveOpening;
    const asked = { name: find("name").value, device: find("device").value, people: find("people").value, refine: find("refine")?.value ?? "", settings: JSON.parse(chosenSettings()) };
    const answer = await fetch(`${base}live`, { method: "POST", body: JSON.stringify(asked) }).catch(() => null);
    const told = answer?.ok ? null : await answer?.json().catch(() => null);
    // Somebody else may have begun one in another window.
    if (answer?.ok || told?.error?.code === "session_running") {
      location.reload();
      return;
    }
    find("opening").textContent = "";
    find("listen").disabled = false;
    problem.textContent = reason(answer?.status === 403 ? RESTARTED : told);
    problem.hidden = false;
  });
}

// Lines that are kept in the page; all of them are in the transcript.
const MOST_LINES = 200;
const spoken = [];

function spokenLine(number) {
  const last = spoken.at(-1);
  if (last && last.number >= number) return last.number === number ? last : null;
  const [settled, tentative] = [make("span"), make("span", { className: "tentative", ariaHidden: "true" })];
  const element = make("p", { dir: "auto" });
  element.append(settled, tentative);
  find("captions").append(element);
  spoken.push({ number, element, settled, tentative });
  if (spoken.length > MOST_LINES) spoken.shift().element.remove();
  return spoken.at(-1);
}

function takeCaption({ kind, line: number, text, speaker }) {
  if (kind === "state") return;
  const line = kind === "done" ? spoken.find((line) => line.number === number) : spokenLine(number);
  if (!line) return;
  line.tentative.textContent = kind === "tentative" ? text : "";
  if (kind !== "settled") return;
  if (!line.settled.hasChildNodes()) {
    line.speaker = speaker;
    // As the button says it, without its key; once, until somebody else speaks.
    const name = find(`live-speaker-${speaker}`)?.textContent.replace(/^\d /, "");
    if (name && spoken.at(-2)?.speaker !== speaker) line.element.prepend(make("strong", {}, `${name}: `));
  }
  // A part of its own, so that only what is new is read out.
  line.settled.append(make("span", {}, text));
}

function showCaptions(captions) {
  const box = find("captions");
  // Who reads further up stays there.
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  captions.forEach(takeCaption);
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function showStatus(status, events) {
  const change = (id, text) => { if (find(id).textContent !== text) find(id).textContent = text; };
  change("session-state", status.text);
  change("session-clock", status.clock);
  change("session-more", status.more);
  change("session-problem", status.failed ?? status.problems);
  find("session-problem").hidden = !find("session-problem").textContent;
  find("session-level").value = status.level;
  session.dataset.state = status.state;
  const [paused, ended] = [status.state === "paused", status.state === "ended"];
  // Who has pressed one of the two goes on at the other.
  const [shown, other] = paused ? ["live-resume", "live-pause"] : ["live-pause", "live-resume"];
  const focused = document.activeElement === find(other);
  [find(shown).hidden, find(other).hidden] = [false, true];
  if (focused) find(shown).focus();
  for (const button of session.querySelectorAll("button.who")) {
    button.ariaPressed = String(button.id === `live-speaker-${status.speaker}`);
  }
  const link = find("projector").firstElementChild;
  find("projector").hidden = !status.projector;
  if (status.projector) [link.href, link.textContent] = [status.projector, status.projector];
  if (ended) for (const button of session.querySelectorAll("button")) button.disabled = button.id !== "live-enough";
  find("live-enough").hidden = !status.refining;
  if (status.recording || status.failed) events.close();
  if (!status.recording) return;
  const transcript = `${base}recordings/${status.recording}`;
  // What went wrong is read first.
  if (!status.problems) location.replace(transcript);
  find("session-end").firstElementChild.href = transcript;
  find("session-end").hidden = false;
}

function hear() {
  const reset = ({ captions }) => {
    spoken.length = 0;
    find("captions").replaceChildren();
    showCaptions(captions);
  };
  follow("live/events", { message: (caption) => showCaptions([caption]), reset, status: showStatus }, hearAgain);
}

// The application sends no more: there is no session any more, so the page shows how to begin one; or there are too many windows.
async function hearAgain() {
  const answer = await fetch(`${base}live`).catch(() => null);
  if (!answer?.ok) return;
  if ((await answer.text()).includes('id="session"')) setTimeout(hear, 5000);
  else location.reload();
}

const KEYS = { p: "pause", m: "marker", t: "item", b: "decision" };

function setUpSession() {
  find("live-end").addEventListener("click", () => find("sure").showModal());
  find("live-back").addEventListener("click", () => find("sure").close());
  find("live-stop").addEventListener("click", () => find("sure").close());
  session.addEventListener("click", ({ target }) => {
    if (["live-marker", "live-item", "live-decision"].includes(target.id)) {
      find("noted").textContent = filled(T.liveNoted, { what: target.textContent, clock: find("session-clock").textContent });
    }
  });
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, altKey, metaKey, repeat, target } = event;
    if (!find("keys").checked || ctrlKey || altKey || metaKey || repeat || find("sure").open) return;
    if (target.matches("input:not([type=checkbox]), select, textarea")) return;
    const action = /^[0-9]$/.test(key) ? `speaker-${key}` : KEYS[key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    // A button that is hidden does nothing; pausing and going on are one key.
    const button = find(`live-${action}`);
    (button.hidden ? find("live-resume") : button).click();
  });
  hear();
}

if (begin) setUpBegin();
if (session) setUpSession();
