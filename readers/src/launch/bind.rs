//! Docker's bind mounts in one string: `source:target[:options]`.

/// The source of a bind mount, and whether it is a path of the host; otherwise it names a volume. `None` if there
/// is only a target, which makes a volume without a name.
pub(super) fn source(bind: &str) -> Option<(&str, bool)> {
    // `c:/windows:d:/tmp`: the colon of a drive letter separates nothing.
    let drive = if has_drive(bind) { 2 } else { 0 };
    let (before, after) = bind.split_at_checked(drive)?;
    let (source, _) = after.split_once(':')?;
    let source = bind.get(..before.len().saturating_add(source.len()))?;
    Some((source, is_host_path(source)))
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Whether a mount's source is a path. Docker takes absolute paths only and calls the rest volumes; `.` and `~` can
/// start no volume name, and other engines resolve them, so that they count as paths.
pub(super) fn is_host_path(source: &str) -> bool {
    source.starts_with(['/', '\\', '.', '~']) || has_drive(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_volumes_and_drives() {
        let cases = [
            ("/tmp:/tmp", Some(("/tmp", true))),
            ("/a b:/x:ro,Z", Some(("/a b", true))),
            ("data:/var/lib/data:ro", Some(("data", false))),
            ("/data", None),
            ("c:/windows:d:/tmp", Some(("c:/windows", true))),
            (r"C:\logs:D:\logs:ro", Some((r"C:\logs", true))),
            (r"\\.\pipe\docker_engine:\\.\pipe\docker_engine", Some((r"\\.\pipe\docker_engine", true))),
            ("./here:/x", Some(("./here", true))),
            ("x:/y", None),
            ("vol:/y", Some(("vol", false))),
            (":/y", Some(("", false))),
            ("", None),
            ("é:/x", Some(("é", false))),
        ];
        for (bind, expected) in cases {
            assert_eq!(source(bind), expected, "{bind}");
        }
    }
}
