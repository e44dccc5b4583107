//! Every way to a decision gives the same one.

use super::cases;
use super::documents::{Documents, by_assessment, text};
use super::reference::names::Image;
use imagegate::{Gate, Launch, PolicySet, Timestamp};
use serde_json::Value;

fn gate(of: &Documents) -> Gate {
    let gate = Gate::new(of.set.clone(), 64 << 20);
    of.profile.iter().for_each(|profile| gate.put_profile(profile).unwrap());
    gate
}

fn by_gate(gate: &Gate, (launch, now): &(Launch, Timestamp)) -> [String; 3] {
    [
        text(gate.decide(launch, *now)),
        format!("{:?}", gate.action(launch, *now)),
        format!("{:?}", gate.explain(launch, *now)),
    ]
}

/// Asked in any order, at earlier and later instants, about other names of the image.
#[test]
fn a_fresh_assessment_and_a_reused_one() {
    for (case, mut random) in cases() {
        let documents = Documents::of(&case);
        let fresh: Vec<_> =
            documents.questions.iter().map(|question| by_assessment(&documents.assess(), question)).collect();
        let reused = documents.assess();
        for _ in 0..2 * fresh.len() {
            let at = random.below(fresh.len());
            let again = by_assessment(&reused, &documents.questions[at]);
            assert_eq!(again, fresh[at], "{case:#?}");
        }
    }
}

/// A gate finds the profile by the launch's id, by a digest that it names, or by its name if the profile is not of
/// another image; else nobody has scanned the image.
#[test]
fn an_assessment_and_a_gate() {
    let (mut scanned, mut unscanned) = (0, 0);
    for (case, _) in cases() {
        let documents = Documents::of(&case);
        let (gate, assessed, nothing) =
            (gate(&documents), documents.assess(), documents.set.assess_unscanned());
        for (question, asked) in documents.questions.iter().zip(&case.questions) {
            let is_found = case.profile.as_ref().is_some_and(|profile| {
                let mismatch = assessed.decide(&question.0, question.1).is_err();
                is_found(&asked.launch, profile, mismatch)
            });
            *(if is_found { &mut scanned } else { &mut unscanned }) += 1;
            let expected = by_assessment(if is_found { &assessed } else { &nothing }, question);
            assert_eq!(by_gate(&gate, question), expected, "{case:#?}");
        }
    }
    assert!(scanned > 0 && unscanned > 0, "{scanned} of scanned images, {unscanned} of others");
}

fn is_found(launch: &Value, profile: &Value, mismatch: bool) -> bool {
    let image = Image::new(launch, Some(profile));
    let by_id = image.launch_id.is_some() && image.launch_id == image.profile_id;
    let by_digest = image.launch_digests().iter().any(|digest| image.profile_digests.contains(digest));
    let by_name = image.launch_reference.as_ref().is_some_and(|wanted| {
        // With a tag the digest is no part of the name.
        let digest = |of: &Option<String>| wanted.tag.is_some() || *of == wanted.digest;
        image.profile_names.iter().any(|name| {
            name.repository == wanted.repository && name.tag == wanted.tag && digest(&name.digest)
        })
    });
    by_id || by_digest || (by_name && !mismatch)
}

#[test]
fn reloading_an_equal_set() {
    for (case, _) in cases() {
        let documents = Documents::of(&case);
        let gate = gate(&documents);
        let ask = || documents.questions.iter().map(|question| by_gate(&gate, question)).collect::<Vec<_>>();
        let before = ask();
        // Equal, with other white space.
        let again = serde_json::to_string_pretty(&case.policies).unwrap();
        gate.reload(PolicySet::parse(again.as_bytes()).unwrap());
        assert_eq!(gate.policies().revision(), documents.set.revision());
        assert_eq!(ask(), before, "{case:#?}");
        gate.reload(documents.set.clone());
        assert_eq!(ask(), before, "{case:#?}");
    }
}
