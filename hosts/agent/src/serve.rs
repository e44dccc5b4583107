//! The socket on which hooks ask: they bring the container's state and configuration, so that nothing has to be loaded.

use crate::resident::{Keep, Resident};
use imagegate_node::{Bundle, Verdict, launch_of, wire};
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// How the log calls this host.
const HOST: &str = "serve";

/// Answers one hook. A request that is none, or an end that is gone, is answered with nothing: the hook then decides
/// itself.
pub(crate) fn answer(resident: &Arc<Resident>, mut stream: UnixStream) -> io::Result<()> {
    let patience = resident.config.deadline();
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let (state, config) = wire::read_request(&mut stream)?;
    wire::reply(&mut stream, &decide(resident, &state, config))
}

fn decide(resident: &Resident, state: &[u8], config: Vec<u8>) -> Verdict {
    let bundle = match Bundle::from_parts(state, config) {
        Ok(bundle) => bundle,
        Err(error) => return resident.conclude(HOST, None, Err(error), Keep::All),
    };
    let launch = launch_of(&bundle, &resident.sources, resident.node.clone());
    resident.conclude(HOST, Some(bundle.id().to_owned()), launch, Keep::All)
}
