//! The options of the application's table, as clap's arguments.

use std::marker::PhantomData;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use serde_json::Value;
use transcribe::app::{Settings, Values};
use transcribe::options::{Group, Kind, OptionSpec, Scope};

/// A command, and which options of the table it has.
pub(crate) trait Has {
    /// Whether the command has this option.
    fn has(spec: &OptionSpec) -> bool;
}

/// `transcribe` and `transcribe batch`.
#[derive(Debug)]
pub(crate) struct OfRecordings;
/// `transcribe live`.
#[derive(Debug)]
pub(crate) struct OfSessions;
/// `transcribe export`.
#[derive(Debug)]
pub(crate) struct OfExports;

impl Has for OfRecordings {
    fn has(_: &OptionSpec) -> bool {
        true
    }
}

impl Has for OfSessions {
    fn has(spec: &OptionSpec) -> bool {
        spec.scope == Scope::All
    }
}

impl Has for OfExports {
    fn has(spec: &OptionSpec) -> bool {
        spec.group == Group::Captions || ["line-numbers", "embed-audio", "ui-language"].contains(&spec.name)
    }
}

/// What was typed of the options that `C` has.
#[derive(Debug)]
pub(crate) struct Typed<C> {
    pub(crate) values: Values,
    command: PhantomData<C>,
}

impl<C: Has> Args for Typed<C> {
    fn augment_args(command: Command) -> Command {
        command.args(Settings::options().filter(|spec| C::has(spec)).map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<C: Has> FromArgMatches for Typed<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let specs = Settings::options().filter(|spec| C::has(spec) && matches.contains_id(spec.name));
        let values = specs.fold(Values::default(), |values, spec| with_typed(values, spec, matches));
        Ok(Typed { values, command: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `values` and what was typed for one option, if anything.
fn with_typed(values: Values, spec: &OptionSpec, matches: &ArgMatches) -> Values {
    let name = spec.name;
    let value = match spec.kind {
        Kind::Path => {
            let path = matches.get_one::<PathBuf>(name).cloned();
            return path.into_iter().fold(values, |values, path| values.with_path(name, path));
        }
        Kind::Flag => matches.get_flag(name).then_some(Value::Bool(true)),
        Kind::Choice(_) => matches.get_one::<String>(name).map(|choice| choice.as_str().into()),
        Kind::List { .. } | Kind::Pairs { .. } => matches.get_many::<Value>(name).map(|items| items.cloned().collect()),
        _ => matches.get_one::<Value>(name).cloned(),
    };
    value.into_iter().fold(values, |values, value| values.with(name, value))
}

fn arg(spec: &'static OptionSpec) -> Arg {
    let arg = Arg::new(spec.name).long(spec.name).help(spec.help()).help_heading(spec.group.title());
    let arg = arg.aliases(snake_case(spec.name)).conflicts_with_all(spec.conflict);
    let arg = arg.aliases(spec.alias.into_iter().flat_map(|alias| snake_case(alias).chain([alias.to_owned()])));
    let arg = match spec.short {
        Some(short) => arg.short(short),
        None => arg,
    };
    let parser = move |text: &str| spec.kind.parse(text);
    match spec.kind {
        Kind::Flag => arg.action(ArgAction::SetTrue),
        Kind::Switch => arg.value_parser(parser).num_args(0..=1).default_missing_value("true"),
        Kind::Choice(choices) => {
            let values = choices.iter().map(|(name, help)| PossibleValue::new(*name).help(*help));
            arg.value_parser(PossibleValuesParser::new(values))
        }
        Kind::List { .. } => arg.value_parser(parser).value_delimiter(',').action(ArgAction::Append),
        Kind::Pairs { .. } => arg.value_parser(parser).action(ArgAction::Append),
        Kind::Path => arg.value_parser(value_parser!(PathBuf)),
        _ => arg.value_parser(parser),
    }
    .value_name(spec.value_name)
}

/// The name with underscores, if it differs.
fn snake_case(name: &str) -> impl Iterator<Item = String> {
    name.contains('-').then(|| name.replace('-', "_")).into_iter()
}
