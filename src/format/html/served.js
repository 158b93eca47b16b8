// What a page that a program serves does besides: it sends changes as they are made, until they are kept.
const sent = make("output", { id: "sent" });
// All saves of this window go into one version.
const asDigits = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const someDigits = () => asDigits(crypto.getRandomValues(new Uint8Array(16)));
const session = someDigits();
let unsent = null;
let keeping = false;
// What was kept last, so that nothing is sent twice.
let lastKept = "";

const essence = ({ names, edits, checked = [] }) => JSON.stringify([names, edits, checked]);

// Whether the program answers that has served this page, and not another one that has its port by now: only the former knows the token
// in the address.
async function isOurs() {
  const bytes = (text) => new TextEncoder().encode(text);
  const token = await crypto.subtle.digest("SHA-256", bytes(location.pathname.split("/")[1]));
  const key = await crypto.subtle.importKey("raw", token, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const nonce = someDigits();
  const proof = asDigits(await crypto.subtle.sign("HMAC", key, bytes(`transcribe proof${nonce}`)));
  const answer = await fetch(`/proof/${nonce}`).catch(() => null);
  return answer?.ok && await answer.text() === proof;
}

async function keep(told, number) {
  showCount(number);
  // What is on its way is not kept yet, and what it is replaced by must follow it.
  if (!keeping && (essence(told) === lastKept || !lastKept && !number)) {
    downloaded = true;
    return;
  }
  unsent = told;
  if (keeping) return;
  keeping = true;
  while (unsent) {
    const sending = unsent;
    unsent = null;
    sent.textContent = T.saving;
    const body = JSON.stringify(sending);
    // A browser lets only little of it outlive the page.
    const answer = await fetch(`${data.save}&session=${session}`, { method: "POST", body, keepalive: body.length < 60000 }).catch(() => null);
    if (answer?.ok) {
      lastKept = essence(sending);
      const { elsewhere, conflicts } = await answer.json();
      sent.textContent = T.saved;
      saveButton.hidden = true;
      notice("unsaved", "");
      if (elsewhere || conflicts) notice("elsewhere", T.changedElsewhere, button(T.reload, () => location.reload()));
      if (!unsent) downloaded = true;
    } else if (answer && answer.status < 500) {
      sent.textContent = "";
      saveButton.hidden = false;
      // Whoever was started again does not know this page.
      notice("unsaved", answer.status === 403 ? T.notSaved : T.notAccepted);
      break;
    } else {
      sent.textContent = "";
      saveButton.hidden = false;
      notice("unsaved", T.notSaved);
      unsent ??= sending;
      do await new Promise((done) => setTimeout(done, 1000)); while (!await isOurs().catch(() => false));
    }
  }
  keeping = false;
}

// The place of a link, in milliseconds: `#t=1500`.
function goToPlace() {
  const found = /^#t=(\d+)$/.exec(location.hash);
  if (!found) return;
  const at = Number(found[1]);
  seek(at);
  const segment = segments[Math.max(spokenAt(at), 0)];
  if (segment) {
    inSight(segment.node, true);
    focusOn(segment);
  }
}

begun.then(() => {
  saveButton.hidden = true;
  saveButton.after(sent);
  document.querySelector("nav").lang = LANGUAGE;
  addEventListener("hashchange", goToPlace);
  goToPlace();
});
