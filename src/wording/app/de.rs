//! German.

use super::AppTexts;

pub(super) const TEXTS: AppTexts = AppTexts {
    title: "transcribe",
    skip: "Zum Inhalt",
    home: "Übersicht",
    no_script: "Diese Seite braucht JavaScript. Es kommt von Ihrem eigenen Computer.",
    old_browser: "Diese Seite braucht einen neueren Browser. Bitte aktualisieren Sie ihn, oder öffnen Sie den Link in einem anderen.",
    welcome: "Aus Aufnahmen wird Text",
    welcome_what: "Aus der Aufnahme einer Sitzung oder eines Gesprächs wird ein Transkript, das Sie anhören, verbessern und als Word-Datei speichern.",
    welcome_local: "Alles geschieht auf diesem Computer. Es wird nichts ins Internet übertragen.",
    welcome_where: "Kopien der Aufnahmen und die Transkripte liegen hier: {folder}",
    new: "Neue Aufnahme",
    drop_here: "Aufnahmen hierher ziehen",
    drop_now: "Jetzt loslassen",
    choose_files: "Dateien wählen",
    choose_folder: "Ordner wählen",
    stays_here: "Nichts verlässt diesen Computer.",
    chosen: "{n} Aufnahmen gewählt",
    chosen_one: "1 Aufnahme gewählt",
    remove_file: "{name} entfernen",
    files_more: "und {n} weitere",
    not_recordings: "{n} Dateien sind keine Aufnahmen und bleiben weg.",
    not_recordings_one: "1 Datei ist keine Aufnahme und bleibt weg.",
    language: "Sprache",
    language_auto: "Automatisch erkennen",
    model: "Genauigkeit",
    model_short: "{name}, {time} je Stunde",
    model_fine: "Genau",
    model_quick: "Schnell",
    model_time: "eine Stunde Aufnahme dauert hier etwa {time}",
    speakers: "Sprechende",
    speakers_auto: "Automatisch unterscheiden",
    speakers_off: "Nicht unterscheiden",
    speakers_count: "{n} Personen",
    speakers_missing: "Um Stimmen zu unterscheiden, wird eine kleine Datei gebraucht ({size}).",
    glossary: "Namen und Fachwörter",
    glossary_help: "Ein Name oder Fachwort je Zeile. So werden sie eher richtig geschrieben.",
    start: "Transkribieren",
    clear: "Auswahl leeren",
    uploading: "wird übernommen",
    upload_failed: "Die Aufnahme konnte nicht übernommen werden.",
    upload_again: "Verbindung unterbrochen. Neuer Versuch …",
    no_model: "Ein Sprachmodell fehlt noch",
    no_model_why: "Es erkennt, was gesagt wird, und wird einmal aus dem Internet geholt. Danach geht alles ohne Internet.",
    get_model: "Sprachmodell holen ({size})",
    get_better: "Genaueres Modell holen ({size})",
    getting: "wird geholt: {done} von {size}",
    models: "Sprachmodelle",
    model_installed: "vorhanden",
    model_speakers: "unterscheidet Stimmen",
    get: "Holen",
    get_this: "{name} holen ({size})",
    stop_getting: "Anhalten",
    queue: "In Arbeit",
    hold: "Alles anhalten",
    go_on: "Weitermachen",
    held: "Angehalten: Es wird nichts Neues begonnen.",
    waiting: "wartet",
    arriving: "wird übernommen",
    preparing: "wird vorbereitet",
    finishing: "wird abgeschlossen",
    telling_voices: "Stimmen werden unterschieden",
    of_length: "{done} von {length}",
    left_seconds: "gleich fertig",
    left_minute: "noch etwa 1 Minute",
    left_minutes: "noch etwa {n} Minuten",
    left_hours: "noch etwa {h} Std. {m} Min.",
    paused: "angehalten",
    pause: "Anhalten",
    resume: "Fortsetzen",
    cancel: "Abbrechen",
    first: "Als Nächstes",
    more_waiting: "und {n} weitere warten",
    more_waiting_one: "und 1 weitere wartet",
    notify: "Benachrichtigen, wenn fertig",
    notify_title: "Transkript fertig",
    lost: "transcribe wurde beendet oder neu gestartet. Starten Sie es, und arbeiten Sie auf der Seite weiter, die sich dann öffnet.",
    working_on: "Fortschritt von {name}",
    finished: "Transkripte",
    none_yet: "Noch keine Transkripte.",
    none_hint: "Fertige Transkripte erscheinen hier.",
    failed: "nicht gelungen",
    cancelled: "abgebrochen",
    incomplete: "unvollständig",
    try_again: "Noch einmal versuchen",
    delete: "Löschen",
    words: "{n} Wörter",
    words_one: "1 Wort",
    older: "Ältere",
    newer: "Neuere",
    page_of: "Seite {n}",
    file_missing: "Datei fehlt",
    actions_bar: "Transkript",
    delete_title: "{name} löschen?",
    delete_what: "Gelöscht wird:",
    delete_files: "Diese Dateien im Ordner {folder}:",
    delete_copy: "Ihre eigene Datei, aus der diese Aufnahme übernommen wurde, bleibt, wo sie ist.",
    delete_elsewhere: "Nur der Eintrag in dieser Liste mit seinen früheren Fassungen. Die Dateien bleiben im Ordner {folder}.",
    delete_sure: "Endgültig löschen",
    keep: "Behalten",
    back: "Alle Transkripte",
    export: "Speichern als …",
    versions: "Frühere Fassungen",
    version_of: "Fassung vom {time}",
    version_first: "wie erkannt",
    version_now: "aktuelle Fassung",
    version_restore: "Diese Fassung wiederherstellen",
    missing_title: "Das Transkript ist nicht mehr da",
    missing_what: "Die Datei {file} wurde gelöscht oder verschoben. Ihr Inhalt ist hier noch gesichert.",
    missing_restore: "Datei wiederherstellen",
    missing_remove: "Aus der Liste entfernen",
    no_sound: "Die Aufnahme ist nicht mehr da. Der Text lässt sich lesen und verbessern, aber nicht anhören.",
    export_docx: "Word-Dokument",
    export_txt: "Text",
    export_html: "Webseite zum Weitergeben",
    export_srt: "Untertitel (SRT)",
    export_vtt: "Untertitel (WebVTT)",
    export_json: "Daten (JSON)",
    export_csv: "Tabelle (CSV)",
    export_all: "Weitere Formate",
    drafts: "Entwürfe",
    drafts_what: "Aus dem, was gesagt wurde, nach Regeln gefunden; jede Angabe nennt ihre Stelle in der Aufnahme und ist zu prüfen. Tagesordnung, Namen und Rollen kommen aus der Datei meeting.toml im Ordner der Aufnahme, wenn sie dort liegt.",
    draft_results: "Ergebnisprotokoll (Entwurf, Word)",
    draft_course: "Verlaufsprotokoll (Gliederung, Word)",
    draft_verbatim: "Wortprotokoll (Word)",
    draft_participation: "Redeanteile (Webseite)",
    search_for: "In allen Transkripten suchen",
    searching_in: "Suche nach „{text}“",
    found_none: "Nichts gefunden.",
    found_one: "1 Stelle gefunden",
    found_many: "{n} Stellen gefunden",
    found_most: "Mehr als {n} Stellen gefunden, die neuesten sind:",
    too_short: "Bitte geben Sie mindestens drei Zeichen ein.",
    open_folder: "Ordner dieses Computers öffnen",
    open_folder_why: "Aufnahmen und Transkripte bleiben in ihrem Ordner und werden nicht kopiert.",
    folder_up: "Übergeordneter Ordner",
    folder_here: "Ordner {folder}",
    folder_take: "Transkripte dieses Ordners öffnen",
    folder_take_also: "Transkripte öffnen und die übrigen Aufnahmen transkribieren",
    folder_empty: "In diesem Ordner sind weder Transkripte noch Aufnahmen.",
    folder_transcripts: "{n} Transkripte",
    folder_transcripts_one: "1 Transkript",
    folder_recordings: "{n} Aufnahmen ohne Transkript",
    folder_recordings_one: "1 Aufnahme ohne Transkript",
    folder_unreadable: "Dieser Ordner lässt sich nicht lesen.",
    live: "Live",
    live_what: "Was in das Mikrofon dieses Computers gesprochen wird, erscheint hier als Text, während gesprochen wird. Am Ende stehen Ton und Transkript bei Ihren Aufnahmen.",
    live_name: "Name (kann leer bleiben)",
    live_kept: "Der Ton wird auf diesem Computer gespeichert. Sie können dieses Fenster schließen: Die Sitzung läuft weiter, bis Sie sie hier beenden.",
    live_start: "Zuhören",
    live_opening: "Wird vorbereitet. Das dauert einige Sekunden …",
    microphone: "Mikrofon",
    microphone_default: "{name} (Standard)",
    live_listening: "Hört zu",
    live_silent: "Kein Signal. Ist das Mikrofon eingeschaltet, ist es das richtige, und dürfen Programme es benutzen?",
    live_paused: "Angehalten: Nichts wird gehört",
    live_lost: "Das Mikrofon ist nicht mehr da. Stecken Sie es wieder ein, dann geht es weiter.",
    live_finishing: "Das Transkript wird fertiggestellt. Sie können diese Seite verlassen.",
    live_lag: "Text {n} s zurück",
    live_item_n: "Tagesordnungspunkt {n}",
    live_level: "Lautstärke",
    live_captions: "Was gesagt wird",
    live_end: "Sitzung beenden",
    live_sure: "Die Sitzung beenden? Danach wird nichts mehr gehört, und das Transkript wird fertiggestellt.",
    live_back: "Weiter zuhören",
    live_who: "Wer spricht",
    live_speaker_n: "Person {n}",
    live_nobody: "Nicht bekannt",
    live_notes: "Im Transkript vermerken",
    live_marker: "Markierung",
    live_item: "Nächster Tagesordnungspunkt",
    live_decision: "Beschluss",
    live_noted: "{what} bei {clock}",
    live_keys: "Tasten: 1 bis 9 und 0 für die sprechende Person, P Pause, M Markierung, T Tagesordnungspunkt, B Beschluss",
    live_not_saved: "Der Ton wird nicht mehr gespeichert. Ist die Festplatte voll? Der Text geht weiter.",
    live_not_written: "Der Text kann zurzeit nicht geschrieben werden und ist nur im Arbeitsspeicher. Ist die Festplatte voll?",
    live_captions_only: "Das Transkript wird sein, was hier steht. Den gespeicherten Ton können Sie danach transkribieren.",
    live_projector: "Untertitel für Beamer oder zweiten Bildschirm",
    live_projector_what: "Eine Seite mit großen Untertiteln. Öffnen Sie sie auf dem zweiten Bildschirm oder auf einem anderen Gerät.",
    live_projector_here: "Für diesen Computer",
    live_projector_network: "Für andere Geräte im Netz",
    live_projector_warning: "Im Netz kann mitlesen, wer den Link hat, und nichts ist verschlüsselt.",
    about: "Über",
    about_where: "Kopien der Aufnahmen und die Transkripte liegen in {folder}.",
    about_end: "Sie können dieses Fenster schließen: Die Arbeit geht weiter. Beenden hält sie an, bis transcribe wieder gestartet wird.",
    end: "transcribe beenden",
    ended: "transcribe ist beendet",
    ended_what: "Was noch nicht fertig ist, geht beim nächsten Start weiter. Sie können dieses Fenster schließen.",
};

pub(super) fn failure(code: &str) -> &'static str {
    match code {
        "not_found" => "Die Aufnahme ist nicht mehr da. Wurde sie verschoben oder gelöscht?",
        "unreadable" => {
            "Die Aufnahme lässt sich nicht lesen. Ist das Laufwerk angeschlossen, und dürfen Sie die Datei öffnen?"
        }
        "empty" => "Die Datei ist leer. Vermutlich wurde sie nicht vollständig kopiert.",
        "no_audio" => "In der Datei ist kein Ton.",
        "needs_ffmpeg" => {
            "Dieses Format liest nur das Zusatzprogramm ffmpeg, das auf diesem Computer fehlt. Speichern Sie die Aufnahme als MP3 oder WAV."
        }
        "damaged" => {
            "Der Ton in der Datei lässt sich nicht lesen. Ist es wirklich eine Aufnahme? Dann ist die Datei vermutlich beschädigt."
        }
        "no_such_track" => "Diese Tonspur hat die Aufnahme nicht.",
        "english_only" => "Dieses Sprachmodell kann nur Englisch. Bitte wählen Sie ein anderes.",
        "no_memory" => {
            "Der Arbeitsspeicher reicht für dieses Sprachmodell nicht. Schließen Sie andere Programme, oder wählen Sie ein kleineres."
        }
        "processor" => "Der Prozessor dieses Computers ist zu alt für das Programm.",
        "model" => "Das Sprachmodell ist beschädigt. Bitte holen Sie es noch einmal.",
        "no_model" | "unknown_model" => "Dieses Sprachmodell ist nicht da. Bitte holen Sie es.",
        "glossary" => {
            "Die Liste der Namen und Fachwörter lässt sich nicht verwenden. Bitte schreiben Sie einen Begriff je Zeile."
        }
        "transcript" => "Das Transkript lässt sich nicht lesen.",
        "download" => "Das Sprachmodell konnte nicht geholt werden. Ist dieser Computer mit dem Internet verbunden?",
        "disk_full" => "Die Festplatte ist voll. Schaffen Sie Platz, und versuchen Sie es noch einmal.",
        "not_writable" => "In den Ordner kann nicht geschrieben werden.",
        "exists" => "Die Datei gibt es schon.",
        "busy" => "Ein anderes Programm arbeitet gerade an dieser Aufnahme.",
        "changed" => {
            "Die Aufnahme hat sich während der Arbeit geändert. Warten Sie, bis sie vollständig ist, und versuchen Sie es noch einmal."
        }
        "microphone" | "microphone_none" | "microphone_busy" | "microphone_denied" => microphone(code),
        "session" => {
            "Die Live-Sitzung wurde nicht ordentlich beendet. „Noch einmal versuchen“ transkribiert den gespeicherten Ton."
        }
        "session_running" => "Es läuft schon eine Live-Sitzung.",
        "recognition" => "Bei der Spracherkennung ist ein Fehler aufgetreten. Bitte versuchen Sie es noch einmal.",
        "interrupted" => "Die Arbeit wurde abgebrochen.",
        "crashed" => {
            "Die Arbeit an dieser Aufnahme ist unerwartet abgebrochen. Alles andere ist davon nicht betroffen."
        }
        "unknown" => "Das gibt es hier nicht mehr.",
        "settings" | "request" => "Diese Angaben passen nicht zusammen.",
        "conflict" => "Jemand anderes hat dieselbe Stelle geändert.",
        "database" => "Die Bibliothek lässt sich nicht lesen oder schreiben.",
        "newer" => "Die Bibliothek stammt von einer neueren Fassung dieses Programms.",
        "running" => "transcribe läuft bereits.",
        "restarted" => {
            "transcribe wurde neu gestartet. Bitte arbeiten Sie auf der Seite weiter, die sich dabei geöffnet hat."
        }
        _ => "Das ist nicht gelungen.",
    }
}

fn microphone(code: &str) -> &'static str {
    match code {
        "microphone_none" => {
            "Es wurde kein Mikrofon gefunden. Schließen Sie eines an, und versuchen Sie es noch einmal."
        }
        "microphone_busy" => {
            "Ein anderes Programm benutzt das Mikrofon. Schließen Sie es, oder wählen Sie ein anderes Mikrofon."
        }
        "microphone_denied" => {
            "Das System lässt transcribe das Mikrofon nicht benutzen. Erlauben Sie es in den Datenschutz-Einstellungen des Systems unter „Mikrofon“, und versuchen Sie es noch einmal."
        }
        _ => "Das Mikrofon gibt keinen Ton. Stecken Sie es neu ein, oder wählen Sie ein anderes.",
    }
}
