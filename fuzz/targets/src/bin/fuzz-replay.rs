//! Runs one target on one file: `fuzz-replay TARGET FILE`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: fuzz-replay TARGET FILE".into());
    };
    let target = imagegate_fuzz_targets::by_name(&name).ok_or("no such target")?;
    target.run(&std::fs::read(file)?);
    Ok(())
}
