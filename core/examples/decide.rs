//! Decides one launch from three files in imagegate's own form:
//! `cargo run -p imagegate --example decide -- policies.json profile.json launch.json 2026-11-24T06:00:00Z`

use imagegate::{Action, Launch, PolicySet, ScanProfile, Timestamp};
use std::error::Error;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [policies, profile, launch, now] = arguments.as_slice() else {
        return Err("usage: decide POLICIES PROFILE LAUNCH NOW".into());
    };

    // Once, when the agent starts and whenever the operator changes the policies.
    let policies = PolicySet::parse(&std::fs::read(policies)?)?;
    // Once for an image: when its scan report arrives.
    let assessment = policies.assess(&ScanProfile::parse(&std::fs::read(profile)?)?);
    // For every container that is about to start.
    let launch = Launch::parse(&std::fs::read(launch)?)?;
    let decision = assessment.decide(&launch, Timestamp::parse(now)?)?;

    print!("{}", decision.to_text());
    println!("{}", decision.to_json());
    Ok(ExitCode::from(u8::from(decision.action() == Action::Intercept)))
}
