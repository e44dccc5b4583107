//! The Go package over the C library as it is installed.

use crate::c_library::same_as_the_command;
use crate::commands::{root, run, target};
use crate::install::{Installed, Profile, install};
use crate::packages::provide;
use std::hash::{DefaultHasher, Hasher};
use std::process::Command;

/// Tests as they are, with the race detector, and with the collector always at work; and the example.
pub fn package() -> Result<Option<String>, String> {
    for (program, name) in [("go", "golang-go"), ("pkg-config", "pkg-config")] {
        if !provide(program, name) {
            return Ok(Some(format!("{program} is not installed and could not be")));
        }
    }
    let installed = install(&target().join("prefix"), Profile::Debug)?;
    let unformatted = Command::new("gofmt").arg("-l").arg(root().join("ffi/go")).output();
    let unformatted = unformatted.map_err(|error| format!("gofmt: {error}"))?;
    if !unformatted.status.success() || !unformatted.stdout.is_empty() {
        return Err(format!("gofmt would change:\n{}", String::from_utf8_lossy(&unformatted.stdout)));
    }
    run(go(&installed)?.args(["vet", "./..."]))?;
    run(go(&installed)?.args(["test", "-count=1", "./..."]))?;
    run(go(&installed)?.args(["test", "-count=1", "-race", "./..."]))?;
    // The collector takes whatever it may: what is used too long after its last mention is gone.
    run(go(&installed)?.env("GOGC", "1").args(["test", "-count=1", "-short", "./..."]))?;
    for (name, options) in [("agent-go", &[][..]), ("agent-go-static", &["-tags", "imagegate_static"])] {
        let program = target().join(name);
        run(go(&installed)?.arg("build").args(options).arg("-o").arg(&program).arg("./examples/agent"))?;
        same_as_the_command(&program, &installed)?;
    }
    Ok(None)
}

/// Go in the folder of the package, with the installed library.
pub fn go(installed: &Installed) -> Result<Command, String> {
    let mut command = Command::new("go");
    command
        .current_dir(root().join("ffi/go"))
        .env("PKG_CONFIG_PATH", installed.pkg_config())
        .env("LD_LIBRARY_PATH", installed.lib())
        .env("GOCACHE", target().join("go"))
        .env("GOPROXY", "off")
        .env("CGO_CFLAGS", format!("-O2 -DIMAGEGATE_BUILD={:x}", hash(installed)?));
    Ok(command)
}

/// Go keeps what it built with an older header or archive, unless a flag changes with them.
fn hash(installed: &Installed) -> Result<u64, String> {
    let mut hasher = DefaultHasher::new();
    for path in [installed.prefix.join("include/imagegate.h"), installed.lib().join("libimagegate.a")] {
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        hasher.write(&bytes);
    }
    Ok(hasher.finish())
}
