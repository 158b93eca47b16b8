//! Which model the arguments name.

use transcribe::app::models::SelectedModel;
use transcribe::app::{Listener, Settings};
use transcribe::{Error, Scripted};

use super::args::Common;

/// The model that the arguments name, or the best installed one; a script in tests.
///
/// # Errors
/// [`Error::NoModel`], [`Error::Model`].
pub(super) fn select(args: &Common, settings: &Settings, listener: &dyn Listener) -> Result<SelectedModel, Error> {
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
