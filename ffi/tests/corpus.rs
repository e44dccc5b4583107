//! The corpus of decisions through C: `ffi/c/cases.c` decides, this compares with what is recorded in
//! `testdata/cases`, byte for byte, and with what the core says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod common;

use common::{LIBRARY, compile, program, root};
use imagegate::{Explanation, Launch, PolicySet, ScanProfile, Timestamp};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

struct Case {
    /// File and name.
    name: String,
    policies: Option<String>,
    profile: Option<String>,
    launch: Option<String>,
    now: Timestamp,
    /// The recorded decision.
    golden: Option<Value>,
    expect: Value,
}

fn cases() -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(root().join("testdata/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let text = |member: &str| {
                let raw = case.get(format!("{member}_text")).map(|text| text.as_str().unwrap().to_owned());
                raw.or_else(|| case.get(member).map(Value::to_string))
            };
            cases.push(Case {
                name: format!("{}: {}", path.file_name().unwrap().to_string_lossy(), case["name"]),
                policies: text("policies").or_else(|| file.get("policies").map(Value::to_string)),
                profile: text("profile"),
                launch: text("launch"),
                now: Timestamp::parse(case["now"].as_str().unwrap_or("2026-11-24T06:00:00Z")).unwrap(),
                golden: case.get("decision").cloned(),
                expect: case["expect"].clone(),
            });
        }
    }
    cases
}

impl Case {
    /// The six lines of the key of the first event, from the documents: see the contract. None if there is no event.
    fn key_lines(&self) -> Option<String> {
        let golden = self.golden.as_ref()?;
        let event = golden["events"].get(0)?;
        let policies: Value = serde_json::from_str(self.policies.as_ref()?).unwrap();
        let offset = policies["day_utc_offset"].as_str().unwrap_or("+00:00");
        let number = |range: std::ops::Range<usize>| offset[range].parse::<i64>().unwrap();
        let seconds = (number(1..3) * 60 + number(4..6)) * 60;
        let local = self.now.unix_seconds() + if offset.starts_with('-') { -seconds } else { seconds };
        let day = Timestamp::from_unix(local, 0).unwrap().to_string()[..10].to_owned();
        let image =
            ["id", "digest", "name"].iter().find_map(|member| golden["image"][member].as_str()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lines = [
            "imagegate/1".to_owned(),
            day,
            text(&event["action"]),
            text(&event["event_type"]),
            text(&event["policy"]["id"]),
            image.to_owned(),
        ];
        Some(lines.join("\n"))
    }

    fn request(&self) -> Vec<u8> {
        let lines = self.key_lines();
        let parts = [&self.policies, &self.profile, &self.launch, &lines];
        let len =
            |part: &Option<String>| part.as_ref().map_or("-1".to_owned(), |text| text.len().to_string());
        let [policies, profile, launch, lines] = parts.map(len);
        let (seconds, nanoseconds) = (self.now.unix_seconds(), self.now.subsecond_nanoseconds());
        let head = format!("{policies} {profile} {launch} {seconds} {nanoseconds} {lines}\n");
        let mut request = head.into_bytes();
        parts.into_iter().flatten().for_each(|text| request.extend_from_slice(text.as_bytes()));
        request
    }

    /// What is wrong with the answer.
    fn check(&self, answer: &[(String, String)]) -> Result<(), String> {
        let all = |word: &str| -> Vec<&str> {
            answer.iter().filter(|(name, _)| name == word).map(|(_, text)| text.as_str()).collect()
        };
        let same = |what: &str, got: Vec<&str>, wanted: Vec<&str>| {
            if got == wanted { Ok(()) } else { Err(format!("{what}: {got:?}\n    expected {wanted:?}")) }
        };
        if let Some(error) = self.expect.get("error") {
            same("status", all("error"), vec![error["kind"].as_str().unwrap()])?;
            if let Some(problems) = error.get("problems") {
                let problems = problems.as_array().unwrap();
                let listed =
                    |member: &str| problems.iter().map(|problem| problem[member].as_str().unwrap()).collect();
                same("codes", all("code"), listed("code"))?;
                same("pointers", all("pointer"), listed("pointer"))?;
            }
            return Ok(());
        }
        same("refused", all("message"), Vec::new())?;
        let golden = self.golden.as_ref().ok_or("no decision is recorded")?.to_string();
        same("decision", all("json"), vec![&golden])?;
        let (text, explanation) = self.by_the_core();
        same("text", all("text"), vec![&text])?;
        same("explanation", all("explanation"), vec![&explanation])
    }

    fn by_the_core(&self) -> (String, String) {
        let policies = PolicySet::parse(self.policies.as_ref().unwrap().as_bytes()).unwrap();
        let launch = Launch::parse(self.launch.as_ref().unwrap().as_bytes()).unwrap();
        let assessment = match &self.profile {
            Some(profile) => policies.assess(&ScanProfile::parse(profile.as_bytes()).unwrap()),
            None => policies.assess_unscanned(),
        };
        let explanation = Explanation::list_to_json(&assessment.explain(&launch, self.now).unwrap());
        (assessment.decide(&launch, self.now).unwrap().to_text(), explanation)
    }
}

/// The words with their texts up to the next `end`.
fn answer(output: &mut impl BufRead) -> Vec<(String, String)> {
    let mut answer = Vec::new();
    loop {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let Some((word, len)) = line.trim_end().split_once(' ') else { panic!("the program ended early") };
        let mut text = vec![0; len.parse::<usize>().unwrap() + 1];
        output.read_exact(&mut text).unwrap();
        assert_eq!(text.pop(), Some(b'\n'));
        if word == "end" {
            return answer;
        }
        answer.push((word.to_owned(), String::from_utf8(text).unwrap()));
    }
}

#[test]
fn every_case_of_the_corpus_comes_out_as_recorded() {
    let cases = cases();
    assert!(cases.len() > 1_000, "the corpus is missing");
    let mut child =
        program(&compile("cases.c", &LIBRARY)).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (mut failures, mut keys) = (Vec::new(), 0);
    std::thread::scope(|scope| {
        let requests: Vec<u8> = cases.iter().flat_map(Case::request).collect();
        // From another thread, so that neither side waits for the other to read.
        scope.spawn(move || input.write_all(&requests).unwrap());
        for case in &cases {
            keys += usize::from(case.key_lines().is_some());
            if let Err(problem) = case.check(&answer(&mut output)) {
                failures.push(format!("{}: {problem}", case.name));
            }
        }
    });
    assert!(child.wait().unwrap().success(), "the program found something wrong, or was found wrong");
    assert!(failures.is_empty(), "of {} cases:\n{}", cases.len(), failures.join("\n"));
    println!("{} cases, {keys} keys recomputed", cases.len());
}
