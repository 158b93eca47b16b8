// What every page needs: its texts, requests, and what is said to those who hear it.
const base = document.body.dataset.base;
const T = JSON.parse(document.getElementById("texts").textContent);
const find = (id) => document.getElementById(id);

// What is shown to browsers that do not know what is needed here.
find("old").remove();

// Replaces `{name}` in a text by the value of that name.
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function say(text) {
  find("said").textContent = text;
}

// What the application says that was started again: it does not know this page.
const RESTARTED = { error: { code: "restarted" } };
function reason(answer) {
  const error = answer?.error;
  const why = document.documentElement.lang === "de" ? error?.german : null;
  return filled(T.failures[error?.code] ?? T.failures.other, { reason: why ?? error?.message });
}

// Sends something; tells if it was not accepted.
async function post(path, body) {
  const answer = await fetch(base + path, { method: "POST", body }).catch(() => null);
  if (answer?.ok) return answer;
  if (answer) say(reason(answer.status === 403 ? RESTARTED : await answer.json().catch(() => null)));
  return null;
}

// Server-sent events by their kinds, as long as the page is there; `closed` is called if the application will send no more.
function follow(path, takers, closed = () => {}) {
  const events = new EventSource(base + path);
  events.addEventListener("open", () => { find("lost").hidden = true; });
  events.addEventListener("error", () => {
    find("lost").hidden = false;
    if (events.readyState === EventSource.CLOSED) closed();
  });
  for (const [kind, take] of Object.entries(takers)) events.addEventListener(kind, (event) => take(JSON.parse(event.data), events));
  // Firefox takes leaving a page for a lost connection. Who stays after all is connected again.
  addEventListener("beforeunload", () => {
    if (events.readyState === EventSource.CLOSED) return;
    events.close();
    setTimeout(() => follow(path, takers, closed), 2000);
  }, { once: true });
}

// The text of a file, in whatever of the usual encodings it is.
async function textOf(file) {
  const bytes = await file.arrayBuffer();
  const wide = new Uint8Array(bytes.slice(0, 2)).join();
  if (["255,254", "254,255"].includes(wide)) return new TextDecoder(wide === "255,254" ? "utf-16le" : "utf-16be").decode(bytes);
  try { return new TextDecoder("utf-8", { fatal: true }).decode(bytes); } catch { return new TextDecoder("windows-1252").decode(bytes); }
}

// A button that opens the dialog for a file.
document.addEventListener("click", (event) => find(event.target.closest?.("button[data-file]")?.dataset.file)?.click());

// A button that has the application do something.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-post]");
  if (!button) return;
  button.disabled = true;
  await post(button.dataset.post);
  button.disabled = false;
});
