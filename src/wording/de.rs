//! German: plain, "Sie", terms of councils and administrations.

mod participation;
#[cfg(feature = "summarise")]
mod summary;
pub(super) use participation::{PARTICIPATION, role};
#[cfg(feature = "summarise")]
pub(super) use summary::SUMMARY;

use super::pages::ReviewPage;
#[cfg(feature = "page")]
use super::pages::{LivePage, Refusal};
use super::{Cow, GapReason, Labels, Language, Millis, PartialReason, RemovalReason, WarningKind, reason};

pub(super) fn gap(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Unrecognised => "unverständlich",
        GapReason::Overlapped => "zwei zugleich, einer davon unverständlich",
        GapReason::Music => "Musik",
        GapReason::Paused => "Pause, nicht aufgezeichnet",
        GapReason::Lost => "kein Ton vom Mikrofon",
        GapReason::Missed => "kein Ton, Rechner im Ruhezustand oder Aussetzer",
    }
}

pub(super) fn removal(reason: &RemovalReason) -> Cow<'_, str> {
    Cow::Borrowed(match reason {
        RemovalReason::Repetition => "der Text wiederholt sich",
        RemovalReason::Noise => "klingt eher nach Geräusch als nach Sprache, und das Modell ist beim Text unsicher",
        RemovalReason::LowConfidence => "das Modell ist beim Text sehr unsicher",
        RemovalReason::HallucinationNoSpeech => "bekannte Erfindung des Modells, und dort spricht niemand",
        RemovalReason::HallucinationDoubtfulSpeech => {
            "bekannte Erfindung des Modells, und es bezweifelt, dass dort jemand spricht"
        }
        RemovalReason::HallucinationTooShort => {
            "bekannte Erfindung des Modells, und zu kurz für das, was dort gesagt wird"
        }
        RemovalReason::HallucinationLowConfidence => "bekannte Erfindung des Modells, und es ist dabei unsicher",
        RemovalReason::Bleed => "das Mikrofon einer anderen Person nimmt dasselbe lauter auf",
        RemovalReason::Other(text) => text,
    })
}

pub(super) fn partial(reason: &PartialReason) -> Cow<'_, str> {
    Cow::Borrowed(match reason {
        PartialReason::Interrupted => "abgebrochen",
        PartialReason::RecordingChanged => "die Aufnahme wurde währenddessen geändert",
        PartialReason::SessionRunning => "die Sitzung läuft noch",
        PartialReason::SessionUnfinished => "das Ende der Sitzung wurde nicht transkribiert",
        PartialReason::SessionKilled => "das Programm wurde während der Sitzung beendet",
        PartialReason::Failed(message) => message,
    })
}

// Long because every kind has its text.
pub(super) fn warning(kind: &WarningKind) -> String {
    match kind {
        WarningKind::FileTruncated { expected: None } => "die Datei ist abgeschnitten: Das Ende fehlt".into(),
        WarningKind::FileTruncated { expected: Some(length) } => {
            format!("die Datei ist abgeschnitten: Sie soll {length} dauern und endet hier")
        }
        WarningKind::HeaderDamaged => {
            "der Kopf der Datei ist beschädigt; die Größen wurden aus der Datei bestimmt".into()
        }
        WarningKind::PacketDamaged { detail } => format!("ein beschädigtes Datenpaket wurde übersprungen: {detail}"),
        WarningKind::PacketsDamaged { count } => {
            format!("insgesamt wurden {count} beschädigte Datenpakete übersprungen")
        }
        WarningKind::RestDamaged { detail } if detail.is_empty() => "der Rest der Datei ist beschädigt".into(),
        WarningKind::RestDamaged { detail } => {
            format!("die Datei ist hier beschädigt und nicht weiter lesbar: {detail}")
        }
        WarningKind::RestUndecodable { detail } => {
            format!("der Rest der Datei lässt sich nicht decodieren: {detail}")
        }
        WarningKind::ChannelsChanged { from, to } => {
            format!("die Zahl der Kanäle ändert sich hier von {from} auf {to}")
        }
        WarningKind::SpeedChanged => {
            "ein Player spielt diesen Teil schneller oder langsamer als aufgenommen; ab hier weichen die Zeiten von denen des Players ab"
                .into()
        }
        WarningKind::TimesJump => {
            "die Zeiten in der Datei springen hier; spätere Zeiten können von denen eines Players abweichen".into()
        }
        WarningKind::ChannelsOpposed => {
            "die Kanäle sind gegenphasig; damit sie sich nicht auslöschen, wurde ihr Vorzeichen angeglichen".into()
        }
        WarningKind::SamplesInvalid => "ungültige Abtastwerte wurden durch Stille ersetzt".into(),
        WarningKind::LevelReduced { decibels } => {
            format!("der Ton ist übersteuert und wurde um {decibels} dB leiser gemacht")
        }
        WarningKind::LevelRaised { decibels } => {
            format!("der Ton ist sehr leise und wurde um {decibels} dB lauter gemacht")
        }
        WarningKind::SeveralTracks { tracks, track } => {
            format!("die Datei hat {tracks} Tonspuren; transkribiert wurde Spur {track}")
        }
        WarningKind::TrackSilent { silent, track } => {
            format!("Tonspur {silent} ist stumm; transkribiert wurde Spur {track}")
        }
        WarningKind::TrackUndecodable { undecodable, track, detail } => {
            format!("Tonspur {undecodable} ist hier nicht lesbar ({detail}); transkribiert wurde Spur {track}")
        }
        WarningKind::SingleChannel => {
            "es gibt nur einen Kanal; Sprecher lassen sich nicht nach Kanälen unterscheiden".into()
        }
        WarningKind::ChannelsAlike { channels } => {
            format!("alle {channels} Kanäle enthalten denselben Ton; er wurde einmal transkribiert, ohne Sprecher")
        }
        WarningKind::ChannelRepeated { channel, of } => {
            format!("Kanal {channel} enthält denselben Ton wie Kanal {of} und wurde nicht transkribiert")
        }
        WarningKind::TrackMissing { detail } => format!("was in dieser Spur gesagt wird, fehlt: {detail}"),
        WarningKind::NothingHeard => "in dieser Spur ist nichts zu hören".into(),
        WarningKind::SpeakerShared { of } => format!("in dieser Spur spricht dieselbe Person wie in {of}"),
        WarningKind::NamesOutOfRange => {
            "niemand ist benannt: keine Zeit der Namensliste liegt innerhalb der Aufnahme".into()
        }
        WarningKind::TrackUnaligned => {
            "in dieser Spur wurde kein Ton gefunden, den sie mit anderen teilt; es wird angenommen, dass sie gemeinsam beginnen".into()
        }
        WarningKind::BesideMissing { pattern, files, detail } => match (files.as_slice(), &**detail) {
            ([], "") => format!("keine brauchbare Datei daneben: keine heißt `{pattern}`"),
            ([], detail) => format!("keine brauchbare Datei daneben: {}", reason(detail, Language::German)),
            (files, _) => format!("keine brauchbare Datei daneben: mehrere kommen in Frage, `{}`", files.join("`, `")),
        },
        WarningKind::ChannelSilent { channel } => format!("in Kanal {channel} ist nichts zu hören"),
        WarningKind::FfmpegDamage { detail } => format!("ffmpeg meldet Schäden in der Datei: {detail}"),
        WarningKind::FileSkipped { detail } => format!("eine Datei fehlt im Transkript: {detail}"),
        WarningKind::LanguageDetectionFailed { detail } => {
            format!("ab hier wird die Sprache nur noch für ganze Abschnitte erkannt: {detail}")
        }
        WarningKind::RecordingRemoved => "die Aufnahme wurde während der Transkription entfernt".into(),
        WarningKind::CaptionsOnly => "ab hier stammt der Text von den Live-Untertiteln".into(),
        WarningKind::CharactersDamaged => "einige Zeichen der Datei sind beschädigt".into(),
        WarningKind::EncodingGuessed { encoding } => format!("die Datei ist nicht in UTF-8; gelesen als {encoding}"),
        WarningKind::SegmentsSorted => {
            "die Abschnitte waren nicht in zeitlicher Reihenfolge und wurden sortiert".into()
        }
        WarningKind::CuesSkipped { skipped, total } => {
            format!("{skipped} von {total} Untertiteln haben fehlerhafte Zeiten und fehlen hier")
        }
        WarningKind::CuesOutOfRange { skipped, total } => {
            format!("{skipped} von {total} Untertiteln beginnen nach mehr als 1000 Stunden und fehlen hier")
        }
        WarningKind::CuesGuessed { guessed, total } => {
            format!("{guessed} von {total} Untertiteln halten sich nicht an das Format und wurden sinngemäß gelesen")
        }
        WarningKind::RepeatsRemoved { lines } => {
            format!("Zeilen, die die Untertitel noch einmal zeigen, wurden weggelassen: {lines}")
        }
        WarningKind::SpeakersUnclear => {
            "manche Texte beginnen wie mit einem Sprechernamen, aber nicht alle oder nicht eindeutig; sie bleiben Text, ohne Sprecher"
                .into()
        }
        WarningKind::SpeakersEstimated => {
            "wer spricht, ist nach den Stimmen geschätzt; prüfen Sie es, bevor Sie sich darauf verlassen".into()
        }
        WarningKind::LanguageUnknown => "die Sprache, die in der Datei steht, ist nicht bekannt".into(),
        WarningKind::TimesOutOfRange { count } => {
            format!("Zeiten, die nicht stimmen können (vor null, nach 1000 Stunden, ein Ende vor dem Anfang oder ein Wort außerhalb seines Abschnitts), gelten als unbekannt: {count}")
        }
        WarningKind::TimesUnknown => "die Datei enthält Text ohne Zeiten; er bildet einen einzigen Abschnitt".into(),
        WarningKind::NumbersUnknown { count } => {
            format!("Werte, die keine Zahlen sind (NaN, Infinity), gelten als unbekannt: {count}")
        }
        WarningKind::Other { message } => message.clone(),
    }
}

pub(super) fn incomplete(until: Millis, reason: &str) -> String {
    format!("unvollständig: transkribiert bis {until}, {reason}")
}

pub(super) fn origin(length: Millis, model: &str) -> String {
    let by = if model.is_empty() { String::new() } else { format!(" mit {model}") };
    format!("{length}, automatisch transkribiert{by}. Kann Fehler enthalten: Maßgeblich ist die Aufnahme.")
}

pub(super) fn first_of(count: usize, names: &str) -> String {
    format!("Die Aufnahme besteht aus {count} Dateien ({names}); diese Seite spielt die erste ab.")
}

pub(super) fn track_of(count: usize, played: &str) -> String {
    format!(
        "Die Aufnahme besteht aus {count} Spuren, eine je Person; diese Seite spielt {played} ab. Alle spielt sie ab, wenn der Ton eingebettet ist."
    )
}

#[cfg(feature = "page")]
pub(super) fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::OtherAddress => "nicht für diese Adresse: Bitte öffnen Sie die, die transcribe anzeigt",
        Refusal::Method => "hier gibt es nichts zu senden",
        Refusal::Token => {
            "das Zugangskennzeichen fehlt oder ist falsch: Bitte öffnen Sie die Adresse, die transcribe anzeigt"
        }
        Refusal::NoPage => "diese Seite gibt es nicht",
        Refusal::Full => "zu viele Zuschauende",
    }
}

/// Labels of documents.
pub(super) const LABELS: Labels = Labels {
    title: "Transkript",
    date: "Datum",
    length: "Länge",
    model: "Modell",
    draft: "Maschineller Entwurf, ungeprüft",
    edited_draft: "Maschineller Entwurf, in Teilen von Hand geändert",
    note: "Hinweis",
    speaker: "Sprecher",
    speech: "Gesprochenes",
    gaps: "Lücken",
    words: "Wörter",
    marker: "Markierung",
    agenda_item: "Tagesordnungspunkt",
    decision: "Beschluss",
};

/// Buttons and messages of the review page.
pub(super) const REVIEW_PAGE: ReviewPage = ReviewPage {
    listen: "Anhören",
    play: "abspielen, anhalten",
    back: "3 s zurück",
    ahead: "3 s vor",
    slower: "langsamer",
    faster: "schneller",
    speed: "Tempo",
    check: "Prüfen",
    next_place: "nächste unsichere Stelle",
    last_place: "vorige unsichere Stelle",
    places: "Unsicheres",
    again: "Noch einmal hören",
    again_left: "Noch {n} von {all} Stellen. Jede wird mit einer Sekunde davor und danach abgespielt.",
    again_all: "Alles gehört",
    again_next: "nächste Stelle der Liste anhören",
    again_last: "vorige Stelle der Liste anhören",
    again_mark: "Stelle erledigt, nächste anhören",
    again_done: "Erledigt",
    next_turn: "nächster Beitrag",
    last_turn: "voriger Beitrag",
    next_segment: "nächster Abschnitt",
    last_segment: "voriger Abschnitt",
    search: "Suchen",
    searching: "suchen",
    next_hit: "nächster Treffer",
    last_hit: "voriger Treffer",
    of: "von",
    none: "nichts gefunden",
    shading: "Unsicheres markieren",
    notes: "Entferntes und Berichtigtes zeigen",
    timeline: "Wer wann spricht",
    voices: "Sprecher",
    all: "alle",
    no_voice: "ohne Sprecher",
    rename: "umbenennen",
    undo: "rückgängig",
    redo: "wiederholen",
    download: "Änderungen herunterladen",
    save: "Herunterladen",
    open: "Änderungen öffnen …",
    more: "Mehr",
    help: "Hilfe und Tasten",
    helping: "diese Hilfe",
    close: "Schließen",
    cancel: "Abbrechen",
    ok: "Übernehmen",
    edit: "Text ändern",
    leave: "Ändern beenden, Fenster schließen",
    split: "am Cursor teilen",
    join: "mit dem nächsten Abschnitt verbinden",
    remove: "Abschnitt löschen",
    split_short: "Teilen",
    join_short: "Verbinden",
    remove_short: "Löschen",
    restore: "Text und Zeiten wie am Anfang",
    restore_short: "Zurücksetzen",
    start: "Beginn",
    end: "Ende",
    now: "Jetzt",
    done: "Fertig",
    voice: "Sprecher ändern",
    give_voice: "Sprecher ändern",
    toolbar: "Werkzeuge",
    segment: "Abschnitt",
    name: "Name",
    everywhere: "überall: „{name}“ umbenennen",
    turn: "nur dieser Beitrag",
    one: "nur dieser Abschnitt",
    several: "die {n} ausgewählten Abschnitte",
    taken: "„{name}“ hieß hier anfangs eine andere Person. Bitte wählen Sie einen anderen Namen.",
    no_voices: "Es sind keine Sprecher bekannt.",
    all_voices: "alle Sprecher: Namen und Hörproben",
    talk_time: "Redezeit",
    sample: "Hörprobe",
    hear: "{name} anhören",
    name_of: "Name von {name}",
    united: "Zwei Stimmen mit dem Namen „{name}“ werden eine.",
    pick_next: "nächsten Abschnitt dazu auswählen",
    pick_last: "vorigen Abschnitt dazu auswählen",
    no_time: "Das ist keine Zeit. Beispiel: 0:12:03,450",
    clamped: "Weiter geht es nicht: Dort beginnt oder endet der benachbarte Abschnitt.",
    was: "statt",
    unsaved: "Dieser Browser speichert die Änderungen nicht. Bitte laden Sie sie herunter, bevor Sie die Seite schließen.",
    elsewhere: "Diese Seite wurde in einem anderen Fenster geändert. Neu laden zeigt den Stand von dort; wenn Sie hier weiterschreiben, wird er ersetzt.",
    kept: "Ihre Änderungen vom letzten Mal sind wieder da.",
    foreign: "Diese Datei gehört nicht zu diesem Transkript.",
    partly: "{n} Änderungen passen nicht zu diesem Text und fehlen.",
    missing: "Die Aufnahme „{name}“ wurde nicht gefunden. Legen Sie sie neben diese Seite, oder:",
    pick: "Aufnahme auswählen …",
    beyond: "Diese Stelle liegt hinter dem Ende der Aufnahme, die hier abgespielt wird.",
    no_places: "In dieser Richtung gibt es keine unsichere Stelle mehr.",
    space: "Leertaste",
    always: "überall, auch beim Schreiben",
    reading: "beim Lesen",
    typing: "Ein Doppelklick oder die Eingabetaste ändert einen Abschnitt, ein Klick spielt ab dem Wort. Die Eingabetaste teilt am Cursor, die Rücktaste am Anfang verbindet. Umschalt und ein Klick wählen mehrere Abschnitte aus, die zusammen einen anderen Sprecher bekommen können.",
    control: "Strg",
    shift: "Umschalt",
    enter: "Eingabe",
    delete_key: "Entf",
    page_up: "Bild ↑",
    page_down: "Bild ↓",
    saving: "Wird gespeichert …",
    saved: "Gespeichert",
    not_saved: "Noch nicht gespeichert: transcribe wurde beendet oder neu gestartet. Mit „Herunterladen“ erhalten Sie Ihre Änderungen als Datei. Starten Sie transcribe, öffnen Sie dort das Transkript und darin die Datei mit „Änderungen öffnen …“.",
    not_accepted: "Nicht gespeichert: Das Transkript ist nicht mehr da, oder eine Angabe darin ist ungültig. Mit „Herunterladen“ erhalten Sie Ihre Änderungen als Datei.",
    changed_elsewhere: "Dieses Transkript wurde auch in einem anderen Fenster geändert. Was sich widerspricht, ist nicht gespeichert.",
    reload: "Neu laden",
};

/// Buttons and messages of the page with live captions.
#[cfg(feature = "page")]
pub(super) const LIVE_PAGE: LivePage = LivePage {
    title: "Untertitel",
    notice: "automatisch erzeugt, kann Fehler enthalten",
    paused: "Pause: es wird nicht zugehört",
    silent: "Kein Ton vom Mikrofon",
    lost: "Mikrofon nicht verbunden",
    ended: "Ende der Untertitel",
    connection: "Verbindung unterbrochen, sie wird wieder aufgebaut",
    hidden: "Text ausgeblendet, H zeigt ihn wieder",
    keys: "Tasten",
    close: "schließen",
    space: "Leertaste",
    larger: "größer",
    smaller: "kleiner",
    rows: "Zeilen",
    light: "dunkel / hell",
    full: "ganzer Bildschirm",
    hide: "ausblenden / zeigen",
    help: "diese Hilfe",
    no_script: "Untertitel brauchen JavaScript.",
};
