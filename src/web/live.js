// Keeps the lists as they are now, by server-sent events.
const lists = find("lists");

// Puts the new rows in the place of the old ones; what has not changed stays, and so does the focus.
function replace(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  const sameKind = old.nodeType === Node.ELEMENT_NODE && fresh.nodeType === Node.ELEMENT_NODE && old.tagName === fresh.tagName && old.id === fresh.id;
  if (!sameKind || !fresh.firstElementChild && fresh.tagName !== "PROGRESS") return old.replaceWith(fresh);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const match = known.get(child.id) ?? (place && !place.id && place.nodeName === child.nodeName ? place : null);
    if (!match) {
      old.insertBefore(child, place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else old.insertBefore(match, place);
    replace(match, child);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

const states = () => new Map([...document.querySelectorAll("#lists li.row")].map((row) => [row.id, row.dataset]));

let reading = false;
let readAgain = false;
async function readLists() {
  if (reading) {
    readAgain = true;
    return;
  }
  reading = true;
  const answer = await fetch(base + lists.dataset.source).catch(() => null);
  if (answer?.ok) {
    const before = states();
    const focused = document.activeElement?.id;
    const fresh = lists.cloneNode(false);
    fresh.innerHTML = await answer.text();
    replace(lists, fresh);
    if (focused && document.activeElement === document.body) (find(focused) ?? find("main")).focus({ preventScroll: true });
    tellEnds(before, states());
    showNotify();
  }
  reading = false;
  if (readAgain) {
    readAgain = false;
    readLists();
  }
}

// Says and shows that a job has ended.
function tellEnds(before, after) {
  for (const [id, { state, name }] of after) {
    if (!["running", "waiting"].includes(before.get(id)?.state) || !["done", "failed"].includes(state)) continue;
    say(`${name}: ${document.querySelector(`#${id} .state`).textContent}`);
    if (state === "done" && allowed() && document.hidden) new Notification(T.notifyTitle, { body: name, tag: id });
  }
}

const allowed = () => globalThis.Notification?.permission === "granted";
function showNotify() {
  const button = find("notify");
  if (!button) return;
  button.hidden = globalThis.Notification?.permission !== "default";
  button.onclick = () => Notification.requestPermission().then(showNotify);
}

function showProgress(jobs) {
  for (const { job, fraction, text } of jobs) {
    const [bar, state] = [find(`progress-${job}`), find(`state-${job}`)];
    if (!bar) continue;
    if (fraction === null) bar.removeAttribute("value");
    else bar.value = fraction;
    state.textContent = text;
  }
}

if (lists) {
  follow("events", { changed: readLists, progress: showProgress });
  showNotify();
}
