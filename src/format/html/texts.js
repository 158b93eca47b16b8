// What the controls say, in the reader's language. What the transcript says is in its own.
const german = /^de\b/i.test(navigator.language);
const T = german ? {
  listen: "Anhören", play: "abspielen, anhalten", back: "3 s zurück", ahead: "3 s vor", slower: "langsamer", faster: "schneller",
  speed: "Tempo", check: "Prüfen", nextPlace: "nächste unsichere Stelle", lastPlace: "vorige unsichere Stelle", places: "Unsicheres",
  nextTurn: "nächster Sprecher", lastTurn: "voriger Sprecher", nextSegment: "nächster Abschnitt", lastSegment: "voriger Abschnitt",
  search: "Suchen", searching: "suchen", nextHit: "nächster Treffer", lastHit: "voriger Treffer", of: "von", none: "nichts gefunden",
  shading: "Unsicheres markieren", notes: "Entferntes und Berichtigtes zeigen",
  timeline: "Wer wann spricht", voices: "Sprecher", all: "alle", noVoice: "ohne Sprecher", rename: "umbenennen",
  undo: "rückgängig", redo: "wiederholen", download: "Änderungen herunterladen", save: "Herunterladen", open: "Änderungen öffnen …", more: "Mehr",
  help: "Hilfe und Tasten", helping: "diese Hilfe", close: "Schließen", cancel: "Abbrechen", ok: "Übernehmen",
  edit: "Text ändern", leave: "Ändern beenden, Fenster schließen", split: "am Cursor teilen", join: "mit dem nächsten Abschnitt verbinden", remove: "Abschnitt löschen",
  splitShort: "Teilen", joinShort: "Verbinden", removeShort: "Löschen",
  restore: "Text und Zeiten wie am Anfang", restoreShort: "Wie am Anfang", start: "Beginn", end: "Ende", now: "Jetzt", done: "Fertig", voice: "Sprecher ändern", giveVoice: "Sprecher ändern", toolbar: "Werkzeuge",
  segment: "Abschnitt", name: "Name", everywhere: (name) => `überall: „${name}“ heißt so`, turn: "nur dieser Beitrag", one: "nur dieser Abschnitt",
  taken: (name) => `„${name}“ hieß hier zuerst ein anderer: bitte einen anderen Namen`,
  noTime: "Das ist keine Zeit: 0:12:03,450", clamped: "Weiter geht es nicht: dort beginnt oder endet der Nachbar",
  was: "statt",
  unsaved: "Dieser Browser behält die Änderungen nicht. Bitte herunterladen, bevor die Seite geschlossen wird.",
  elsewhere: "In einem anderen Fenster wurde dieselbe Seite geändert. Neu laden zeigt den Stand von dort; hier weiterschreiben ersetzt ihn.",
  kept: "Änderungen vom letzten Mal sind wieder da.", foreign: "Diese Datei gehört nicht zu diesem Transkript.",
  partly: (n) => `${n} Änderungen passen nicht zu diesem Text und fehlen.`,
  missing: (name) => `Die Aufnahme „${name}“ wurde nicht gefunden. Sie gehört neben diese Seite, oder:`, pick: "Aufnahme auswählen …",
  beyond: "Diese Stelle liegt hinter dem Ende der Aufnahme, die hier spielt.",
  noPlaces: "Keine unsicheren Stellen mehr in dieser Richtung", space: "Leertaste", always: "überall, auch beim Schreiben", reading: "beim Lesen",
  typing: "Doppelklick oder Eingabe ändert einen Abschnitt, ein Klick spielt ab dem Wort. Eingabe teilt am Cursor, Rücktaste am Anfang verbindet.",
  control: "Strg", shift: "Umschalt", enter: "Eingabe", deleteKey: "Entf",
} : {
  listen: "Listen", play: "play, pause", back: "back 3 s", ahead: "ahead 3 s", slower: "slower", faster: "faster",
  speed: "Speed", check: "Check", nextPlace: "next uncertain place", lastPlace: "previous uncertain place", places: "Uncertain",
  nextTurn: "next speaker", lastTurn: "previous speaker", nextSegment: "next segment", lastSegment: "previous segment",
  search: "Search", searching: "search", nextHit: "next match", lastHit: "previous match", of: "of", none: "not found",
  shading: "Mark what is uncertain", notes: "Show what was removed and corrected",
  timeline: "Who speaks when", voices: "Speakers", all: "all", noVoice: "no speaker", rename: "rename",
  undo: "undo", redo: "redo", download: "download the edits", save: "Download", open: "Open edits…", more: "More",
  help: "Help and keys", helping: "this help", close: "Close", cancel: "Cancel", ok: "Apply",
  edit: "change the text", leave: "leave the text, close a window", split: "split at the cursor", join: "join with the next segment", remove: "delete the segment",
  splitShort: "Split", joinShort: "Join", removeShort: "Delete",
  restore: "text and times as at first", restoreShort: "As at first", start: "Start", end: "End", now: "Now", done: "Done", voice: "Change the speaker", giveVoice: "change the speaker", toolbar: "Tools",
  segment: "Segment", name: "Name", everywhere: (name) => `everywhere: this is what “${name}” is called`, turn: "only this turn", one: "only this segment",
  taken: (name) => `“${name}” was somebody else's name here at first: please take another one`,
  noTime: "This is no time: 0:12:03.450", clamped: "No further: the neighbour begins or ends there",
  was: "was",
  unsaved: "This browser does not keep the edits. Please download them before the page is closed.",
  elsewhere: "The same page was changed in another window. Reload to see that; going on here replaces it.",
  kept: "The edits of last time are back.", foreign: "This file does not belong to this transcript.",
  partly: (n) => `${n} edits do not fit this text and are left out.`,
  missing: (name) => `The recording “${name}” was not found. It belongs beside this page, or:`, pick: "Choose the recording…",
  beyond: "This place lies after the end of the recording that plays here.",
  noPlaces: "No more uncertain places this way", space: "space", always: "everywhere, also while typing", reading: "while reading",
  typing: "A double click or Enter changes a segment, a click plays from that word. Enter splits at the cursor, Backspace at the beginning joins.",
  control: "Ctrl", shift: "Shift", enter: "Enter", deleteKey: "Del",
};

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function button(text, act, properties = {}) {
  const made = make("button", { type: "button", ...properties }, text);
  made.addEventListener("click", act);
  return made;
}
