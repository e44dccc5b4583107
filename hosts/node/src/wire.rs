//! What a hook and a resident agent say to each other over a unix socket: one request and one reply a connection.
//!
//! The request is the line `imagegate/1 STATE CONFIG` with two lengths in bytes, then the container's state and its
//! configuration. The reply is one line of JSON, `{"outcome": …, "reason": …}`. Whatever is cut off, late or not
//! exactly that is an error, so that nothing but an answer counts as one.

use crate::start::{Outcome, Verdict};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Largest state.
const MAX_STATE: usize = 1 << 20;
/// Largest configuration.
const MAX_CONFIG: usize = 16 << 20;
/// Longest reply.
const MAX_REPLY: u64 = 64 << 10;
/// Longest first line of a request.
const MAX_HEAD: u64 = 64;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    outcome: Outcome,
    reason: String,
}

/// Asks the agent at `socket`.
///
/// # Errors
/// What the system says, a reply that is late, or one that is none.
pub fn ask(socket: &Path, state: &[u8], config: &[u8], patience: Duration) -> io::Result<Verdict> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let head = format!("imagegate/1 {} {}\n", state.len(), config.len());
    stream.write_all(&[head.as_bytes(), state, config].concat())?;
    let mut line = Vec::new();
    stream.take(MAX_REPLY).read_to_end(&mut line)?;
    // Without its end a line may have been cut off.
    let Some(json) = line.strip_suffix(b"\n") else { return Err(io::ErrorKind::UnexpectedEof.into()) };
    let Reply { outcome, reason } = serde_json::from_slice(json)?;
    Ok(Verdict { outcome, reason })
}

/// Reads a request: state and configuration.
///
/// # Errors
/// What the system says, and `InvalidData` for what is no request.
pub fn read_request(stream: &mut impl Read) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let invalid = |message: &str| io::Error::new(io::ErrorKind::InvalidData, message.to_owned());
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    reader.by_ref().take(MAX_HEAD).read_line(&mut head)?;
    let mut words = head.strip_suffix('\n').unwrap_or_default().split(' ');
    let (Some("imagegate/1"), Some(state), Some(config), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(invalid("not a request of this protocol"));
    };
    let (Ok(state), Ok(config)) = (state.parse::<usize>(), config.parse::<usize>()) else {
        return Err(invalid("lengths that are no numbers"));
    };
    if state > MAX_STATE || config > MAX_CONFIG {
        return Err(invalid("a state or a configuration larger than the limit"));
    }
    let mut parts = (vec![0; state], vec![0; config]);
    reader.read_exact(&mut parts.0)?;
    reader.read_exact(&mut parts.1)?;
    Ok(parts)
}

/// Answers a request.
///
/// # Errors
/// What the system says.
pub fn reply(stream: &mut impl Write, verdict: &Verdict) -> io::Result<()> {
    let reply = Reply { outcome: verdict.outcome, reason: verdict.reason.clone() };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// Asks a server that answers with these bytes.
    fn answered_with(bytes: &'static [u8]) -> io::Result<Verdict> {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read_request(&mut stream).unwrap();
            stream.write_all(bytes).unwrap();
            request
        });
        let verdict = ask(&socket, b"state", b"config", Duration::from_secs(5));
        assert_eq!(server.join().unwrap(), (b"state".to_vec(), b"config".to_vec()));
        verdict
    }

    #[test]
    fn only_a_whole_answer_is_one() {
        let verdict = answered_with(b"{\"outcome\":\"alarm\",\"reason\":\"r\"}\n").unwrap();
        assert_eq!(verdict, Verdict { outcome: Outcome::Alarm, reason: "r".to_owned() });
        for bytes in [
            &b""[..],
            b"\n",
            b"{}\n",
            b"{\"outcome\":\"allow\",\"reason\":\"\"}",
            b"{\"outcome\":\"allow\"}\n",
            b"{\"outcome\":\"ALLOW\",\"reason\":\"\"}\n",
            b"{\"outcome\":\"allow\",\"reason\":\"\",\"but\":1}\n",
            b"{\"outcome\":\"allow\",\"reason\":\"\"}\n{\"outcome\":\"intercept\",\"reason\":\"\"}\n",
        ] {
            assert!(answered_with(bytes).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn requests_are_bounded() {
        for text in [
            "",
            "imagegate/1 1\n",
            "imagegate/2 0 0\n",
            "imagegate/1 9999999999 0\n",
            "imagegate/1 0 -1\n",
            "imagegate/1 5 0\nabc",
        ] {
            assert!(read_request(&mut text.as_bytes()).is_err(), "{text}");
        }
        let replied = Verdict { outcome: Outcome::Allow, reason: String::new() };
        let mut line = Vec::new();
        reply(&mut line, &replied).unwrap();
        assert_eq!(line, b"{\"outcome\":\"allow\",\"reason\":\"\"}\n");
    }
}
