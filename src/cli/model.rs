//! Which model the arguments name, and how a first one is got.

use transcribe::app::models::SelectedModel;
use transcribe::app::{Listener, Settings};
use transcribe::{Error, Scripted};

use super::args::Common;

#[cfg(feature = "download")]
mod first;

/// The model that the arguments name, or the best installed one; a script in tests. If none is installed, the user is asked which
/// one to get, or `--yes` answers.
///
/// # Errors
/// [`Error::NoModel`], [`Error::Model`], those of a download.
pub(super) fn select(args: &Common, settings: &Settings, listener: &dyn Listener) -> Result<SelectedModel, Error> {
    let found = installed(args, settings, listener);
    #[cfg(feature = "download")]
    if matches!(found, Err(Error::NoModel(transcribe::NoModelKind::NoneInstalled))) && first::get(args)? {
        return installed(args, settings, listener);
    }
    found
}

/// The same, but nobody is asked.
///
/// # Errors
/// [`Error::NoModel`], [`Error::Model`].
pub(super) fn installed(args: &Common, settings: &Settings, listener: &dyn Listener) -> Result<SelectedModel, Error> {
    named(settings.model.as_deref(), args, settings, listener)
}

/// The same for a model with another name.
///
/// # Errors
/// [`Error::NoModel`], [`Error::Model`].
pub(super) fn named(
    name: Option<&str>,
    args: &Common,
    settings: &Settings,
    listener: &dyn Listener,
) -> Result<SelectedModel, Error> {
    match &args.scripted {
        Some(script) => Scripted::load(script).map(SelectedModel::Scripted),
        None => SelectedModel::find(name, settings, listener),
    }
}
