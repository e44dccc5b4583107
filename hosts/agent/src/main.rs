//! `imagegate-agent`: what stays resident on a node and decides starts for those who ask.
//!
//! - `authz`: Docker's daemon asks, as its authorization plugin.
//! - `admission`: Kubernetes' API server asks, as its validating webhook.
//! - `serve`: OCI hooks ask, so that a start costs no loading.
//! - `put`: files scan reports where both find them.
#![forbid(unsafe_code)]

mod admission;
mod authz;
mod http;
mod listen;
mod metrics;
mod put;
mod recorder;
mod resident;
mod run;
mod serve;

use clap::{Args, Parser, Subcommand};
use imagegate_node::Config;
use std::path::PathBuf;
use std::process::ExitCode;

/// Decides container starts on a node, for those who ask
#[derive(Debug, Parser)]
#[command(name = "imagegate-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Docker's authorization plugin
    ///
    /// Start it before `dockerd --authorization-plugin=imagegate`.
    Authz {
        #[command(flatten)]
        common: Common,

        /// Where the daemon finds the plugin
        #[arg(long, value_name = "SOCKET", default_value = "/run/docker/plugins/imagegate.sock")]
        socket: PathBuf,

        /// The daemon's socket: asked which image a name means and how a container was created
        #[arg(long, value_name = "SOCKET", default_value = "/var/run/docker.sock")]
        docker: PathBuf,
    },
    /// Kubernetes' validating admission webhook, over TLS, at the path /validate
    Admission {
        #[command(flatten)]
        common: Common,

        /// Where to listen
        #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8443")]
        listen: String,

        /// The certificate and its chain, in PEM; read again when it changes
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,

        /// Its key, in PEM
        #[arg(long, value_name = "FILE")]
        key: PathBuf,

        /// Only answer clients with a certificate of this authority
        #[arg(long, value_name = "FILE")]
        client_authority: Option<PathBuf>,
    },
    /// The socket on which hooks ask
    Serve {
        #[command(flatten)]
        common: Common,

        /// The socket; the one of the configuration's `agent` if not given
        #[arg(long, value_name = "SOCKET")]
        socket: Option<PathBuf>,
    },
    /// Files scan reports in the folder of profiles, under everything that their images are known by
    Put(put::Args),
}

/// What all that stay resident have in common.
#[derive(Args, Debug)]
struct Common {
    /// Where everything is
    #[arg(long, value_name = "FILE", default_value = Config::DEFAULT_PATH)]
    config: PathBuf,

    /// Where Prometheus may ask: an address such as 127.0.0.1:9464, or the path of a unix socket
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<String>,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Authz { common, socket, docker } => {
            run::authz(&common.config, common.metrics, &socket, docker)
        }
        Command::Admission { common, listen, certificate, key, client_authority } => {
            admission::Tls::new(certificate, key, client_authority)
                .and_then(|tls| run::admission(&common.config, common.metrics, &listen, tls))
        }
        Command::Serve { common, socket } => run::serve(&common.config, common.metrics, socket),
        Command::Put(args) => put::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("imagegate-agent: {error}");
            ExitCode::FAILURE
        }
    }
}
