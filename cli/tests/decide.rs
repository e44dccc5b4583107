//! `decide` and `explain`: exit codes, formats, several launches and profiles.

mod common;

use common::{NOW, Ran, data, imagegate, json, with_stdin};

const POLICIES: &str = "--policies {}/policies.json";

fn decide(rest: &str) -> Ran {
    imagegate(&format!("decide {POLICIES} {NOW} {rest}"))
}

#[test]
fn an_intercepted_launch_ends_with_1_and_says_why() {
    let ran = decide("--profile {}/profile.json --launch {}/launch.json");
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(ran.stdout.starts_with("INTERCEPT  registry.example.com/shop/cart:1.4.2  container cart\n"));
    assert!(ran.stdout.contains("Policy Privileged start [privileged] intercepts\n"), "{}", ran.stdout);
}

#[test]
fn an_alarmed_launch_ends_with_0_or_as_asked() {
    // Nobody scanned the image, and the policy about that only alarms.
    let ran = decide("--launch {}/quiet.json");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("ALARM  registry.example.com/other/app:1"), "{}", ran.stdout);
    assert_eq!(decide("--launch {}/quiet.json --alarm-exit-code 10").code, 10);
    assert_eq!(decide("--launch {}/launch.json --alarm-exit-code 10").code, 1, "intercepting is stricter");
}

#[test]
fn an_allowed_launch_ends_with_0() {
    let ran = imagegate(&format!("decide --policies {{}}/none.json {NOW} --launch {{}}/launch.json"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("ALLOW  "), "{}", ran.stdout);
}

#[test]
fn json_is_the_decision_and_equal_twice() {
    let args = "--profile {}/profile.json --launch {}/launch.json --format json";
    let ran = decide(args);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.ends_with("}\n") && ran.stdout.lines().count() == 1);
    assert_eq!(json(&ran.stdout)["aggregation_key"], "3e67de3a980d29302a8307756e4ae596");
    assert_eq!(ran, decide(args));
}

#[test]
fn standard_input_is_read_once() {
    let launch = std::fs::read(data("create.json")).unwrap();
    let args = format!("decide {POLICIES} {NOW} --profile {{}}/trivy.json --launch -");
    let ran = with_stdin(&args, &launch);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let ran = with_stdin(&format!("decide {POLICIES} {NOW} --profile - --launch -"), &launch);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(ran.stderr, "error: only one input can be `-`: standard input can be read once\n");
}

#[test]
fn formats_are_recognised_or_named() {
    let ran = decide("--profile {}/trivy.json --launch {}/create.json --format json");
    assert_eq!(ran.code, 1);
    let named = decide(
        "--profile {}/trivy.json --profile-format trivy --launch {}/create.json --launch-format docker-create --format json",
    );
    assert_eq!(ran, named);
    let wrong = decide("--profile {}/trivy.json --profile-format imagegate --launch {}/create.json");
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    let unknown = decide("--profile-format trivvy --launch {}/create.json");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("a similar value exists: 'trivy'"), "{}", unknown.stderr);
}

#[test]
fn a_report_without_an_image_needs_one_named() {
    let ran = decide("--profile {}/filesystem.json --launch {}/create.json");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("--image REF|ID"), "{}", ran.stderr);
    let image = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    let ran = decide(&format!("--profile {{}}/filesystem.json --image {image} --launch {{}}/launch.json"));
    assert!(ran.stdout.contains("CVE-2021-44228"), "{}", ran.stderr);
}

#[test]
fn the_mistakes_of_all_documents_are_told_with_their_places() {
    let ran = imagegate(&format!(
        "decide --policies {{}}/mistakes.json {NOW} --profile {{}}/missing.json --launch {{}}/policies.json"
    ));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines[0], "error: mistakes.json:3:3: /labels: unknown field `labels`: did you mean `label`?");
    assert!(lines[13].starts_with("error: missing.json: cannot be read: "), "{}", lines[13]);
    assert!(lines[14].contains("policies.json: the document looks like an imagegate policy document"));
    assert_eq!(lines.len(), 15);
}

#[test]
fn another_image_is_an_error_and_never_allowed() {
    let other = std::fs::read_to_string(data("profile.json")).unwrap().replace("b7c6f755", "00000000");
    let args = format!("decide --policies {{}}/none.json {NOW} --profile - --launch {{}}/launch.json");
    let ran = with_stdin(&args, other.as_bytes());
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.starts_with("error: launch.json: /image: the launch is of image"), "{}", ran.stderr);
}

#[test]
fn where_only_names_could_be_compared_there_is_a_warning() {
    let ran = decide("--profile {}/profile.json --launch {}/quiet.json");
    assert!(
        ran.stderr.starts_with("warning: quiet.json: the launch is of `registry.example.com/other/app:1`")
    );
}

#[test]
fn each_of_several_launches_takes_the_profile_of_its_image() {
    let ran = decide("--profile {}/trivy.json --launch {}/inspect.json --format json");
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let document = json(&ran.stdout);
    assert_eq!(document["action"], "intercept");
    assert_eq!(document["decisions"][0]["container"], "cart");
    assert_eq!(document["decisions"][0]["decision"]["action"], "intercept");
    // The profile is not of this image: nobody scanned it.
    let state = "/decisions/1/decision/events/0/evidence/0/findings/0/state";
    assert_eq!(document.pointer(state).unwrap(), "not_scanned");
    let ran = decide("--profile {}/trivy.json --launch {}/inspect.json");
    assert!(ran.stdout.ends_with("\nOverall INTERCEPT: 2 containers, 1 intercepted, 1 alarmed\n"));
}

#[test]
fn one_launch_that_cannot_be_judged_is_an_error_beside_the_others() {
    // The name is that of the first container, which states an id that the profile says nothing of.
    let nameless = r#"{"version": 1, "image": {"names": ["registry.example.com/shop/cart:1.4.2"]}, "scan": {"state": "complete"}}"#;
    let args = format!("decide {POLICIES} {NOW} --profile - --launch {{}}/inspect.json");
    let ran = with_stdin(&format!("{args} --format json"), nameless.as_bytes());
    assert_eq!(ran.code, 2);
    let document = json(&ran.stdout);
    assert!(document["action"].is_null());
    assert_eq!(document["decisions"][0]["error"]["kind"], "image_mismatch");
    assert_eq!(document["decisions"][1]["decision"]["action"], "alarm");
    assert!(ran.stderr.starts_with("error: inspect.json: container cart: /image: "), "{}", ran.stderr);
    let ran = with_stdin(&args, nameless.as_bytes());
    assert!(ran.stdout.starts_with("NOT JUDGED  registry.example.com/shop/cart:1.4.2  container cart\n"));
    assert!(ran.stdout.ends_with("\nOverall NOT JUDGED: 2 containers, 1 alarmed, 1 not judged\n"));
}

#[test]
fn a_profile_of_another_image_is_never_applied() {
    // The name is that of the first container, the id is not: the name has moved on, and nobody scanned this image.
    let moved = std::fs::read_to_string(data("trivy.json")).unwrap().replace("b7c6f755", "00000000");
    let args = format!("decide {POLICIES} {NOW} --profile - --launch {{}}/inspect.json --format json");
    let ran = with_stdin(&args, moved.as_bytes());
    assert!(ran.stderr.contains("is about none of the images that start"), "{}", ran.stderr);
    assert!(
        !ran.stdout.contains("CVE-2022-0778") && ran.stdout.contains("\"not_scanned\""),
        "{}",
        ran.stdout
    );
}

#[test]
fn several_reports_of_one_image_are_merged_and_others_left_aside() {
    let image = "--image registry.example.com/shop/cart:1.4.2";
    let ran = decide(&format!(
        "--profile {{}}/trivy.json --profile {{}}/filesystem.json {image} --launch {{}}/launch.json --format json"
    ));
    assert!(ran.stdout.contains("CVE-2022-0778") && ran.stdout.contains("CVE-2021-44228"), "{}", ran.stderr);
    let ran = decide("--profile {}/trivy.json --profile {}/profile.json --launch {}/quiet.json");
    assert!(ran.stdout.contains("has not been scanned"));
    assert!(
        ran.stderr.contains("warning: trivy.json: is about none of the images that start, and is not used\n")
    );
}

#[test]
fn explain_gives_every_policy() {
    let args = "--profile {}/profile.json --launch {}/launch.json";
    let ran = imagegate(&format!("explain {POLICIES} {NOW} {args}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("\nintercept   privileged        privileged  effective  its criteria"));
    let ran = imagegate(&format!("explain {POLICIES} {NOW} {args} --format json"));
    let outcomes: Vec<_> =
        json(&ran.stdout)["policies"].as_array().unwrap().iter().map(|one| one["outcome"].clone()).collect();
    assert_eq!(outcomes, ["alarm", "intercept", "no_finding"]);
    let several = imagegate(&format!("explain {POLICIES} {NOW} --launch {{}}/inspect.json --format json"));
    assert_eq!(several.code, 0);
    assert_eq!(json(&several.stdout)["explanations"][1]["container"], "quiet");
    assert_eq!(imagegate(&format!("explain {POLICIES} --launch {{}}/missing.json")).code, 2);
}

#[test]
fn wrong_arguments_end_with_2_and_print_nothing() {
    for args in ["decide", "decid", "decide --now tomorrow", "", "check", "policy enable p.json", "--colour"]
    {
        let ran = imagegate(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args}");
        assert!(!ran.stderr.is_empty());
    }
    assert_eq!(imagegate("--version").code, 0);
    let help = imagegate("decide --help");
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("Examples:"));
}

#[test]
fn colours_come_when_asked_for() {
    let args = "--profile {}/profile.json --launch {}/launch.json";
    assert!(decide(&format!("{args} --color always")).stdout.contains("\u{1b}["));
    assert!(!decide(&format!("{args} --color never")).stdout.contains('\u{1b}'));
}
