//! The few arguments.

use imagegate_node::{Config, OnError, one_line};
use lexopt::Arg;
use std::path::PathBuf;

const HELP: &str = "\
Decides whether a container starts: an OCI runtime hook

Reads the container's state on standard input and the configuration of its bundle. Exit status 0 lets it start, any
other refuses it; the reason is one line on standard error.

Usage: imagegate-hook [--config FILE] [--on-error intercept|start]

  --config FILE       where everything is [default: /etc/imagegate/node.json]
  --on-error ACTION   what happens to the start when imagegate itself fails, instead of what FILE says
  --help, --version   print that; the exit status is 3, since nothing was decided

In config.json: \"hooks\": {\"createRuntime\": [{\"path\": \"/usr/bin/imagegate-hook\", \"timeout\": 5}]}
";

/// What to do.
pub(crate) enum Wish {
    Decide(Args),
    Print(String),
}

pub(crate) struct Args {
    pub(crate) config: PathBuf,
    pub(crate) on_error: Option<OnError>,
}

pub(crate) fn parse() -> Result<Wish, String> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> Result<Wish, String> {
    let mut args = Args { config: Config::DEFAULT_PATH.into(), on_error: None };
    let told = |error: lexopt::Error| one_line(&error.to_string());
    while let Some(arg) = parser.next().map_err(told)? {
        match arg {
            Arg::Long("config") => {
                args.config = parser.value().map_err(told)?.into();
                if !args.config.is_absolute() {
                    // As in the file itself: a runtime starts hooks in the bundle.
                    return Err("--config is an absolute path".to_owned());
                }
            }
            Arg::Long("on-error") => {
                let value = parser.value().map_err(told)?;
                args.on_error = match value.to_str() {
                    Some("intercept") => Some(OnError::Intercept),
                    Some("start") => Some(OnError::Start),
                    _ => return Err("--on-error is `intercept` or `start`".to_owned()),
                };
            }
            Arg::Long("help") | Arg::Short('h') => return Ok(Wish::Print(HELP.to_owned())),
            Arg::Long("version") | Arg::Short('V') => {
                return Ok(Wish::Print(format!("imagegate-hook {}\n", env!("CARGO_PKG_VERSION"))));
            }
            other => return Err(told(other.unexpected())),
        }
    }
    Ok(Wish::Decide(args))
}
