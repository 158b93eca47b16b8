//! What the web application says: headings, buttons, messages, and what went wrong. `{name}` in a text is filled in by [`filled`].

mod de;
mod en;

use super::Language;

/// A table of texts.
macro_rules! table {
    ($($key:ident),* $(,)?) => {
        /// Headings, buttons and messages of the web application.
        #[derive(Debug)]
        pub(crate) struct AppTexts {
            $(pub(crate) $key: &'static str),*
        }

        #[cfg(test)]
        impl AppTexts {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key)),*]
            }
        }
    };
}

table! {
    title, skip, home, no_script, old_browser,
    // Welcome.
    welcome, welcome_what, welcome_local, welcome_where,
    // A new transcription.
    new, drop_here, drop_now, choose_files, choose_folder, stays_here, chosen, chosen_one, remove_file, files_more, not_recordings, not_recordings_one,
    language, language_auto, model, model_short, model_fine, model_quick, model_time, speakers, speakers_auto, speakers_off, speakers_count, speakers_missing,
    glossary, glossary_help, start, clear, uploading, upload_failed, upload_again,
    // Models.
    no_model, no_model_why, get_model, get_better, getting, models, model_installed, model_speakers, get, get_this, stop_getting,
    // The queue.
    queue, hold, go_on, held, waiting, arriving, preparing, finishing, telling_voices, of_length, left_seconds, left_minute, left_minutes,
    left_hours, paused, pause, resume, cancel, first, more_waiting, more_waiting_one, notify, notify_title, lost, working_on,
    // What is there.
    finished, none_yet, none_hint, failed, cancelled, incomplete, try_again, delete, words, words_one, older, newer, page_of,
    file_missing, actions_bar,
    // Deleting.
    deleted_at, delete_title, delete_what, delete_files, delete_copy, delete_elsewhere, delete_sure, keep,
    // A transcript.
    back, export, versions, version_of, version_first, version_now, version_restore,
    meeting, meeting_what, meeting_text, meeting_load, meeting_remove, meeting_empty, meeting_person, meeting_persons, meeting_item, meeting_items,
    meeting_term, meeting_terms, meeting_remove_sure, meeting_remove_file, meeting_remove_all, meeting_help, meeting_choose, meeting_drop, save,
    minutes, findings_none, findings_left, finding_vote, finding_decision, finding_task, finding_motion, finding_objection, finding_question,
    questions_what, finding_accepted, finding_rejected, finding_edited, finding_hear, finding_text, accept, reject, reopen, correct,
    again, again_what, again_open, again_other, again_stays, again_speakers,
    missing_title, missing_what, missing_restore, missing_remove, no_sound,
    export_docx, export_txt, export_html, export_srt, export_vtt, export_json, export_csv, export_all,
    drafts, drafts_what, draft_results, draft_course, draft_verbatim, draft_participation,
    // Search.
    search_for, searching_in, found_none, found_one, found_many, found_most, too_short,
    // A folder of this computer.
    open_folder, open_folder_why, folder_up, folder_here, folder_take, folder_take_also, folder_empty, folder_transcripts,
    folder_transcripts_one, folder_recordings, folder_recordings_one, folder_unreadable,
    // A live session.
    live, live_what, live_first, live_people, live_people_help, live_name, live_kept, live_start, live_opening, microphone, microphone_default,
    live_listening, live_silent, live_paused, live_lost, live_finishing, live_lag, live_item_n, live_level, live_captions,
    live_end, live_sure, live_back, live_who, live_speaker_n, live_nobody, live_notes, live_marker, live_item, live_decision,
    live_noted, live_keys, live_not_saved, live_not_written, live_captions_only, live_not_finished, live_not_refined, live_no_voices, live_open,
    live_refine, live_refine_no, live_refining, live_enough,
    live_projector, live_projector_what, live_projector_here, live_projector_network, live_projector_warning,
    // The application.
    tokens, tokens_what, tokens_none, token_made, token_refused, token_name, token_make, token_revoke,
    about, about_where, about_end, end, ended, ended_what,
}

impl AppTexts {
    /// Those of a language.
    pub(crate) fn of(language: Language) -> &'static AppTexts {
        match language {
            Language::German => &de::TEXTS,
            Language::English => &en::TEXTS,
        }
    }
}

/// What went wrong, by its code, as a sentence that says what to do.
pub(crate) fn failure(code: &str, language: Language) -> &'static str {
    match language {
        Language::German => de::failure(code),
        Language::English => en::failure(code),
    }
}

/// What went wrong, with its `reason` where only that says what to change.
pub(crate) fn explained(code: &str, reason: &str, language: Language) -> String {
    filled(failure(code, language), &[("reason", &super::reason(reason, language))])
}

/// The text with these values in the place of their names.
pub(crate) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_places_to_fill_in() {
        let places = |text: &str| {
            let mut names: Vec<String> =
                text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect();
            names.sort();
            names
        };
        let all = |language| AppTexts::of(language).all().into_iter();
        for ((key, german), (_, english)) in all(Language::German).zip(all(Language::English)) {
            assert!(!german.trim().is_empty() && !english.trim().is_empty(), "{key}");
            assert_eq!(places(german), places(english), "{key}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        assert_eq!(filled("{a} of {b}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
        assert_eq!(filled("no {c}.", &[]), "no .");
    }
}
