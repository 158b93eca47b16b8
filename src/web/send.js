// Sends the chosen recordings, one after the other, and again when the connection was lost.
const waiting = [];
let sending = null;

function send(file, settings) {
  const row = make("li", { className: "row" });
  const state = make("span", { className: "state" }, T.uploading);
  const bar = make("progress", { max: 1, value: 0, ariaLabel: `${T.uploading}: ${file.name}` });
  row.append(make("div", { className: "what" }, make("span", { className: "name", dir: "auto" }, file.name), state), bar);
  waiting.push({ file, settings, row, state, bar });
  showUploads();
  sendNext();
}

function showUploads() {
  const all = [sending, ...waiting].filter(Boolean).slice(0, SHOWN).map(({ row }) => row);
  const rest = waiting.length + (sending ? 1 : 0) - all.length;
  if (rest > 0) all.push(make("li", { className: "quiet" }, filled(T.filesMore, { n: rest.toLocaleString(document.documentElement.lang) })));
  const failed = [...find("uploads").children].filter((row) => row.classList.contains("failed"));
  find("uploads").replaceChildren(...failed, ...all);
}

async function sendNext() {
  if (sending || !waiting.length) return;
  sending = waiting.shift();
  showUploads();
  const { row, state, file } = sending;
  for (;;) {
    const answer = await sendOne(sending);
    if (answer.ok) break;
    if (answer.failed) {
      const why = reason(answer.told);
      state.textContent = why;
      row.classList.add("failed");
      row.querySelector("progress").remove();
      find("uploads").prepend(row);
      say(`${file.name}: ${T.uploadFailed} ${why}`);
      break;
    }
    // What the application has got is not there twice, for it knows the content.
    state.textContent = T.uploadAgain;
    await new Promise((done) => setTimeout(done, 1000));
  }
  sending = null;
  showUploads();
  sendNext();
}

function sendOne({ file, settings, state, bar }) {
  const form = new FormData();
  form.append("settings", settings);
  form.append("file", file, file.name);
  const request = new XMLHttpRequest();
  return new Promise((done) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = loaded / Math.max(total, 1);
      state.textContent = `${T.uploading} · ${size(loaded)} / ${size(total)}`;
    });
    request.addEventListener("load", () => {
      let told = null;
      try { told = JSON.parse(request.responseText); } catch { /* It is no answer of ours, or of one that was started again. */ }
      done(request.status === 200 ? { ok: true } : { failed: true, told: request.status === 403 ? RESTARTED : told });
    });
    // A file that was moved or can't be read fails like a lost connection.
    request.addEventListener("error", async () => {
      const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
      done(readable ? {} : { failed: true, told: { error: { code: "unreadable" } } });
    });
    request.open("POST", `${base}recordings`);
    request.send(form);
  });
}

settings?.addEventListener("submit", (event) => {
  event.preventDefault();
  const told = chosenSettings();
  const files = chosenFiles;
  chosenFiles = [];
  leftOut = 0;
  showChosen();
  for (const file of files) send(file, told);
  // It is no first visit any more.
  document.querySelector(".welcome")?.classList.add("unseen");
  find("choose").focus();
});

addEventListener("beforeunload", (event) => { if (sending) { event.preventDefault(); event.returnValue = true; } });
