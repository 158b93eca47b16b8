//! `transcribe models`: what there is, what is here, and how to get it here.

use std::ops::ControlFlow;

use transcribe::Error;
use transcribe::models::{Installed, ModelKind, Store, catalogue, size_for_people};

use super::args::Models;
use super::{Exit, interrupt, print, report};
use transcribe::app::CancelToken;

pub(super) fn run(command: Models) -> Exit {
    let store = Store::of_user();
    let cancel = CancelToken::new();
    interrupt::cancels(&cancel);
    let done = match command {
        Models::List => return print(list(&store).as_bytes()),
        #[cfg(feature = "download")]
        Models::Get { name, mirror, quiet } => download(&store, &name, mirror, quiet, &cancel),
        Models::Check { names } => return check(&store, &names, &cancel),
        Models::Path { name: None } => store.target().map(|folder| format!("{}\n", folder.display())),
        Models::Path { name: Some(name) } => store.find(&name).map(|path| format!("{}\n", path.display())),
        Models::Remove { name } => store.remove(&name).map(|path| format!("removed {}\n", path.display())),
    };
    match done {
        Ok(text) => print(text.as_bytes()),
        Err(error) => {
            report(&error);
            match error {
                Error::Cancelled => Exit::Interrupted,
                Error::NoModel { .. } => Exit::Unusable,
                _ => Exit::Failed,
            }
        }
    }
}

fn list(store: &Store) -> String {
    let installed = store.installed();
    let mut text = format!("{:<24}{:>9}  {:>9}  LANGUAGES\n", "NAME", "SIZE", "MEMORY");
    for model in catalogue() {
        let languages = match model.kind {
            ModelKind::Speakers => "all".into(),
            _ if model.english_only() => "English".into(),
            _ => model.languages.to_string(),
        };
        let here = installed.iter().find(|i| i.model.name == model.name);
        let state = match here {
            Some(one) if one.whole() => "installed",
            Some(_) => "damaged: `transcribe models get` it again",
            None => "",
        };
        let notes: Vec<&str> = [state, model.note.as_str()].into_iter().filter(|s| !s.is_empty()).collect();
        let line = format!(
            "{:<24}{:>9}  {:>9}  {:<12}{}",
            model.name,
            size_for_people(model.size),
            size_for_people(model.memory()),
            languages,
            notes.join("; ")
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn check(store: &Store, names: &[String], cancel: &CancelToken) -> Exit {
    let wanted: Result<Vec<Installed>, Error> = match names {
        [] => Ok(store.installed()),
        names => names.iter().map(|name| store.get(name)).collect(),
    };
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(error) => {
            report(&error);
            return Exit::Unusable;
        }
    };
    let mut outcome = Exit::Done;
    for one in wanted {
        let go_on = |_| if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        match Store::check(&one, go_on) {
            Ok(()) => outcome = outcome.max(print(format!("{}: as published\n", one.model.name).as_bytes())),
            Err(Error::Cancelled) => return Exit::Interrupted,
            Err(error) => {
                report(&error);
                outcome = Exit::Failed;
            }
        }
    }
    outcome
}

#[cfg(feature = "download")]
pub(super) fn download(
    store: &Store,
    name: &str,
    mirror: Option<String>,
    quiet: bool,
    cancel: &CancelToken,
) -> Result<String, Error> {
    use super::output::{Bar, say};
    use transcribe::models::download::{Options, Progress, get};

    let model = transcribe::models::by_name(name)?;
    // The size is not enough: a damaged copy is downloaded again.
    if let Ok(one) = store.get(&model.name)
        && one.whole()
        && Store::check(
            &one,
            |_| if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) },
        )
        .is_ok()
    {
        return Ok(format!("{} is installed already: {}\n", model.name, one.path.display()));
    }
    let bar = match quiet {
        true => Bar::hidden(),
        false => Bar::new("{msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"),
    };
    bar.set_length(model.size);
    bar.set_message(&model.name);
    let options = Options { mirror, ..Options::default() };
    let path = get(model, store.target()?, &options, &mut |progress| {
        match progress {
            Progress::Fetched(done, _) => bar.set_position(done),
            Progress::Checked(done, _) => {
                bar.set_message("checking");
                bar.set_position(done);
            }
            Progress::Retrying(reason) if !quiet => say(&format!("trying again: {reason}")),
            Progress::Retrying(_) => {}
        }
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish();
    path.map(|path| format!("{}\n", path.display()))
}
