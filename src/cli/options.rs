//! From arguments to settings, with every mistake found before the work begins.

use std::io::IsTerminal as _;
use std::path::Path;
use transcribe::app::Settings;
use transcribe::audio::Selection;
use transcribe::digest::Sha256;
use transcribe::format::{Format, Style};
use transcribe::pipeline::TranscribeOptions;
use transcribe::speech::VadOptions;
use transcribe::{Error, Glossary, GlossaryId, Millis, whisper};

use super::args::{Common, Device, Recorded};
use super::captions;

/// `recorded`: `None` for what is not recorded yet. `stdout`: what standard output is to get.
///
/// # Errors
/// What is wrong, with the way out in a second line.
pub(super) fn settings(args: &Common, recorded: Option<&Recorded>, stdout: Option<Format>) -> Result<Settings, String> {
    let (from, to) = recorded.map_or((None, None), |recorded| (recorded.from, recorded.to));
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(format!("`--from` ({from}) is not before `--to` ({to})"));
    }
    let gpu = recorded.and_then(|r| r.device).unwrap_or(if whisper::has_gpu() { Device::Gpu } else { Device::Cpu })
        == Device::Gpu;
    if gpu && !whisper::has_gpu() {
        return Err("this program was built without support for graphics cards\n\
                    hint: build it with `--features vulkan`, `cuda`, `hipblas` or `metal`, or leave `--device` out"
            .into());
    }
    let mut formats = args.output_format.clone();
    let mut seen = Vec::new();
    formats.retain(|format| !seen.contains(format) && (seen.push(*format), true).1);
    if formats.is_empty() && (stdout.is_none() || args.output_dir.is_some()) {
        formats = vec![Format::Json, Format::Srt];
    }
    let known = args.language.as_deref().map(language).transpose()?.flatten();
    let mut languages: Vec<String> = known.into_iter().collect();
    for given in &args.languages {
        let code = language(given)?.ok_or("`auto` is no language\nhint: leave `--languages` out to allow all")?;
        if !languages.contains(&code) {
            languages.push(code);
        }
    }
    let documents = recorded.map(|recorded| recorded.documents).unwrap_or_default();
    let (glossary, glossary_id) = args.glossary.as_deref().map(glossary).transpose()?.unzip();
    Ok(Settings {
        glossary: glossary_id,
        transcribe: TranscribeOptions {
            vad: rules(args)?,
            languages,
            translate: args.translate,
            prompt: args.prompt.clone().unwrap_or_default(),
            glossary,
            beam_size: args.beam_size,
            temperature: args.temperature.unwrap_or_default(),
        },
        part: Selection {
            track: recorded.and_then(|r| r.track),
            from: from.unwrap_or_default(),
            to,
            ..Selection::default()
        },
        formats,
        stdout,
        style: Style {
            captions: captions::rules(&args.captions)?,
            line_numbers: documents.line_numbers,
            ..Style::default()
        },
        report: args.captions.report,
        embed_audio: documents.embed_audio,
        words: args.word_timestamps.unwrap_or(true),
        gpu,
        threads: args.threads,
        overwrite: args.overwrite,
        resume: recorded.and_then(|r| r.resume).unwrap_or(true),
    })
}

/// May this format go to standard output?
///
/// # Errors
/// Why not, and the way out.
pub(super) fn for_stdout(format: Option<Format>) -> Result<(), String> {
    match format.filter(|format| !format.is_text() && std::io::stdout().is_terminal()) {
        Some(format) => {
            Err(format!("`{format}` is not text, a terminal cannot show it\nhint: `-f {format}` writes a file"))
        }
        None => Ok(()),
    }
}

/// The list of terms, and which it is.
fn glossary(path: &Path) -> Result<(Glossary, GlossaryId), String> {
    let told = |error: Error| match super::hints::hint(&error) {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    };
    let glossary = Glossary::read(path).map_err(told)?;
    let sha256 = Sha256::of_file(path).map_err(|source| told(Error::Read { path: path.into(), source }))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((glossary, GlossaryId { file, sha256: sha256.to_string() }))
}

/// How speech is looked for.
fn rules(args: &Common) -> Result<VadOptions, String> {
    let times = [args.vad_min_speech_duration_ms, args.vad_min_silence_duration_ms, args.vad_speech_pad_ms];
    let detect = args.vad.unwrap_or(true);
    if !detect && (args.vad_threshold.is_some() || times.iter().any(Option::is_some)) {
        return Err("with `--vad false` no speech is looked for\nhint: leave the other options about speech out".into());
    }
    let mut rules = if detect { VadOptions::default() } else { VadOptions::everything() };
    if let Some(threshold) = args.vad_threshold {
        rules.leave = (rules.leave - rules.enter + threshold).max(0.01);
        rules.enter = threshold;
    }
    for (time, rule) in times.into_iter().zip([&mut rules.min_speech, &mut rules.min_silence, &mut rules.padding]) {
        *rule = time.map_or(*rule, Millis);
    }
    rules.longest = args.vad_max_speech_duration_s.map_or(rules.longest, |seconds| Millis(seconds * 1_000));
    Ok(rules)
}

/// The code of a language given as code or English name; `None` for `auto`.
pub(super) fn language(given: &str) -> Result<Option<String>, String> {
    let wanted = given.trim().to_lowercase();
    if wanted == "auto" {
        return Ok(None);
    }
    // `de-AT` is German to Whisper.
    let base = wanted.split(['-', '_']).next().unwrap_or_default();
    let found = whisper::languages().find(|(code, name)| *code == wanted || *name == wanted || *code == base);
    if let Some((code, _)) = found {
        return Ok(Some(code.to_owned()));
    }
    let near = whisper::languages()
        .map(|(code, name)| (strsim::jaro_winkler(name, &wanted), code, name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, ..)| *likeness > 0.8)
        .map(|(_, code, name)| format!("did you mean `{code}` ({name})? "));
    Err(format!(
        "unknown language `{given}`\nhint: {}an ISO code or English name is expected, e.g. `de` or `german`; `auto` detects it",
        near.unwrap_or_default()
    ))
}

/// The English name of a language code, with a capital letter.
pub(super) fn language_name(code: &str) -> String {
    let name = whisper::languages().find(|(c, _)| *c == code).map_or(code, |(_, name)| name);
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_by_code_or_name() {
        assert_eq!(language("auto"), Ok(None));
        for given in ["de", "German", "GERMAN", "de-AT", "de_CH"] {
            assert_eq!(language(given), Ok(Some("de".into())), "{given}");
        }
        assert!(language("germann").expect_err("unknown").contains("`de`"));
        assert!(language("klingon").is_err());
        assert!(language("").is_err());
    }
}
