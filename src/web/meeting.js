// Data of the meeting from a file: for recordings that are chosen, or into the text of a page.
const meetingFile = find("meeting-file");
// What goes with the recordings that are chosen; empty: nothing.
let meeting = "";

// Keeps the content of a file if the application can use it.
async function takeMeeting(file) {
  const told = find("meeting-told");
  const text = file ? await textOf(file) : "";
  const answer = text && await fetch(`${base}meeting`, { method: "POST", body: text }).catch(() => null);
  const found = await answer?.json?.().catch(() => null);
  meeting = answer?.ok ? text : "";
  told.textContent = meeting ? `${file.name}: ${found.text}` : file ? reason(answer?.status === 403 ? RESTARTED : found) : "";
  told.classList.toggle("problem", Boolean(file) && !meeting);
  find("meeting-drop").hidden = !meeting;
}

function setUpMeeting() {
  meetingFile.addEventListener("change", () => {
    if (meetingFile.files.length) takeMeeting(meetingFile.files[0]);
    meetingFile.value = "";
  });
  find("meeting-drop").addEventListener("click", () => {
    takeMeeting(null);
    find("meeting-choose").focus();
  });
}

const meetingText = find("meeting-text");
if (meetingText) {
  meetingFile.addEventListener("change", async () => {
    if (meetingFile.files.length) meetingText.value = await textOf(meetingFile.files[0]);
    meetingFile.value = "";
    meetingText.focus();
  });
}
