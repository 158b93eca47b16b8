// Changes stored in the browser, encrypted: Chromium gives all pages that are files one storage, so any of them could read along. The
// key and the place are made from the whole transcript with its times, which no other page has. Without Web Crypto, which browsers have
// for files and over HTTPS, nothing is stored.

const storage = { place: null, key: null, latest: 0 };
// Where former versions of the page stored them as plain text.
let formerPlace;

async function unlock() {
  const content = JSON.stringify([data.recording.sha256, data.voices,
    original.map(({ start, end, voice, text, words }) => [start, end, voice, text, ...words.flatMap((word) => [word.start, word.end, word.sure])])]);
  const digest = (purpose) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(`transcribe ${purpose}\n${content}`));
  storage.key = await crypto.subtle.importKey("raw", await digest("key"), "AES-GCM", false, ["encrypt", "decrypt"]);
  storage.place = `transcribe-edits-2 ${asText(await digest("place"))}`;
}

const asText = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
const asBytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

async function sealed(value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const content = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, storage.key, new TextEncoder().encode(JSON.stringify(value)));
  return `${asText(iv)} ${asText(content)}`;
}

async function opened(text) {
  const [iv, content] = text.split(" ").map(asBytes);
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, storage.key, content)));
}

let timer;
function later() {
  clearTimeout(timer);
  timer = setTimeout(store, 300);
}

async function store() {
  clearTimeout(timer);
  timer = undefined;
  const told = file();
  const number = counted(told);
  // A program that serves the page keeps them.
  if (data.save) return keep(told, number);
  if (!number) downloaded = true;
  showCount(number);
  const turn = ++storage.latest;
  try {
    const content = number ? await sealed({ downloaded, file: told }) : null;
    if (turn !== storage.latest) return;
    if (content) localStorage.setItem(storage.place, content);
    else localStorage.removeItem(storage.place);
    localStorage.removeItem(formerPlace);
    notice("unsaved", "");
  } catch {
    if (number) notice("unsaved", T.unsaved);
  }
}

// FNV-1a with two seeds, as in the places of former versions.
function formerDigest(text) {
  const hash = (value) => {
    for (let n = 0; n < text.length; n++) value = Math.imul(value ^ text.charCodeAt(n), 16777619);
    return (value >>> 0).toString(16).padStart(8, "0");
  };
  return hash(2166136261) + hash(84696351);
}

// What is stored, the latest of both; null if there is nothing that this page has written.
async function findStored() {
  if (data.save) return null;
  const all = original.map((s) => `${s.start} ${s.end} ${s.voice} ${s.text}`).join("\n") + JSON.stringify(data.voices);
  formerPlace = `transcribe-edits ${data.recording.sha256} ${formerDigest(all)}`;
  const found = [];
  try {
    await unlock();
    found.push(await opened(localStorage.getItem(storage.place)));
  } catch { /* Nothing is there, or nothing of ours, or it is not allowed. */ }
  try {
    found.push(JSON.parse(localStorage.getItem(formerPlace)));
  } catch { /* The same. */ }
  return found.filter((stored) => stored?.file).reduce((one, two) => one && one.file.saved >= two.file.saved ? one : two, null);
}

function restoreStored(stored) {
  try {
    const unfit = restore(stored.file);
    past.length = 0;
    downloaded = stored.downloaded === true;
    store();
    say(unfit ? filled(T.partly, { n: unfit }) : T.kept);
  } catch { /* Somebody else has written it. */ }
}

for (const leaving of ["pagehide", "visibilitychange", "beforeunload"]) addEventListener(leaving, () => { if (timer) store(); }, true);
addEventListener("storage", (event) => { if (event.key === storage.place) notice("elsewhere", T.elsewhere); });
