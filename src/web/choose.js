// Choosing recordings: by dropping them, or files and folders in them; and what is to be done with them.
const drop = find("drop");
const settings = find("settings");
// The form of a recording that is to be transcribed again.
const again = find("transcribe-again");
// Rows of the list of what is chosen.
const SHOWN = 8;
// Names of files beside recordings that are none. Everything else is tried: the program reads the content.
const OTHERS = /\.(json|srt|vtt|txt|tsv|html?|md|docx?|csv|pdf|xlsx?|pptx?|odt|ods|eaf|textgrid|rttm|lrc|zip|jpe?g|png|gif|ini|db|log|xml|exe|lnk|url)$|^\.|^(thumbs\.db|desktop\.ini)$/i;
let chosenFiles = [];
let leftOut = 0;

function choose(files) {
  const good = files.filter((file) => !OTHERS.test(file.name));
  leftOut += files.length - good.length;
  const known = new Set(chosenFiles.map((file) => `${file.webkitRelativePath}${file.name} ${file.size} ${file.lastModified}`));
  chosenFiles.push(...good.filter((file) => !known.has(`${file.webkitRelativePath}${file.name} ${file.size} ${file.lastModified}`)));
  showChosen();
  if (!chosenFiles.length) return;
  say(find("chosen").textContent);
  // The next key or click may begin the work.
  find("start").focus();
  settings.scrollIntoView({ block: "nearest" });
}

function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const n = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  return (bytes / 1000 ** n).toLocaleString(document.documentElement.lang, { style: "unit", unit: units[n], maximumFractionDigits: n > 1 ? 1 : 0 });
}

function showChosen() {
  const count = chosenFiles.length;
  settings.hidden = !count;
  drop.classList.toggle("small", count > 0 || drop.dataset.first !== "true");
  find("chosen").textContent = count === 1 ? T.chosenOne : filled(T.chosen, { n: count.toLocaleString(document.documentElement.lang) });
  const rows = chosenFiles.slice(0, SHOWN).map((file) => {
    const remove = make("button", { type: "button", className: "remove", ariaLabel: filled(T.removeFile, { name: file.name }) });
    remove.addEventListener("click", () => {
      chosenFiles = chosenFiles.filter((other) => other !== file);
      showChosen();
      (document.querySelector("#chosen-files button") ?? find("choose")).focus();
    });
    return make("li", {}, make("span", { className: "name", dir: "auto" }, file.name), make("span", { className: "quiet" }, size(file.size)), remove);
  });
  if (count > SHOWN) rows.push(make("li", { className: "quiet" }, filled(T.filesMore, { n: (count - SHOWN).toLocaleString(document.documentElement.lang) })));
  find("chosen-files").replaceChildren(...rows);
  find("left-out").hidden = !leftOut;
  find("left-out").textContent = leftOut === 1 ? T.notRecordingsOne : filled(T.notRecordings, { n: leftOut.toLocaleString(document.documentElement.lang) });
}

// All files of what was dropped, also those in folders.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const files = [];
  const take = async (entry) => {
    if (entry.isFile) {
      files.push(await new Promise((done, failed) => entry.file(done, failed)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      // A browser gives at most a hundred at a time.
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return;
      for (const one of some) await take(one);
    }
  };
  for (const entry of entries) await take(entry).catch(() => {});
  return files;
}

function setUpDrop() {
  let inside = 0;
  const show = (over) => {
    drop.classList.toggle("over", over);
    find("drop-text").textContent = over ? T.dropNow : T.dropHere;
  };
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => { if (holdsFiles(event)) show(++inside > 0); });
  addEventListener("dragleave", (event) => { if (holdsFiles(event)) show(--inside > 0); });
  // Wherever they are dropped, the browser must not open them instead.
  addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  addEventListener("drop", async (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    inside = 0;
    show(false);
    choose(await dropped(event.dataTransfer));
  });
  for (const [button, field] of [["choose", "files"], ["choose-folder", "folder"]]) {
    find(button).addEventListener("click", () => find(field).click());
    find(field).addEventListener("change", () => {
      choose([...find(field).files]);
      find(field).value = "";
    });
  }
  find("clear").addEventListener("click", () => {
    chosenFiles = [];
    leftOut = 0;
    showChosen();
    find("choose").focus();
  });
}

// Names of languages in the language of the page, and what was chosen last.
const REMEMBERED = ["language", "model", "speakers"];
// What is fast enough for a live session need not be what is best for a recording.
const remembered = (id) => `transcribe ${find("begin") ? "live " : ""}${id}`;
function setUpSettings() {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const [first, ...others] = find("language").options;
  for (const option of others) {
    try { option.textContent = names.of(option.value); } catch { /* The English name stays. */ }
  }
  const own = document.documentElement.lang;
  const order = (option) => [own, "en"].includes(option.value) ? " " : "";
  others.sort((one, two) => order(two).localeCompare(order(one)) || one.textContent.localeCompare(two.textContent, own));
  const { value: chosen } = find("language");
  find("language").replaceChildren(first, ...others);
  find("language").value = chosen;
  // A recording that is transcribed again was transcribed in some way before.
  if (again) return;
  for (const id of REMEMBERED) {
    const value = localStorage.getItem(remembered(id));
    if (value !== null && [...find(id).options].some((option) => option.value === value)) find(id).value = value;
  }
}

function chosenSettings() {
  const options = {};
  for (const id of REMEMBERED) {
    const { value } = find(id);
    if (!again) localStorage.setItem(remembered(id), value);
    if (value) options[id] = value;
  }
  return JSON.stringify({ options, glossary: find("glossary").value, meeting });
}

again?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(base + again.dataset.to, { method: "POST", body: chosenSettings() }).catch(() => null);
  if (answer?.ok) {
    location.assign(base);
    return;
  }
  find("again-problem").textContent = reason(answer?.status === 403 ? RESTARTED : await answer?.json().catch(() => null));
  find("again-problem").hidden = false;
});

if (drop) {
  setUpDrop();
  setUpMeeting();
}
if (find("language")) setUpSettings();
