//! A decision in one line, for runtimes that show one.

use imagegate::{Action, Decision};

/// Longer lines are cut: runtimes put them into messages of their own.
const MAX_CHARS: usize = 800;

/// Why the decision is what it is: the policy, the finding and what to do, of its first event, and how many policies
/// more. Empty for an allowed start.
pub fn reason(decision: &Decision) -> String {
    let events = decision.events();
    let Some(first) = events.first() else { return String::new() };
    let verb = if first.action == Action::Intercept { "intercepts" } else { "alarms" };
    let text = format!(
        "policy `{}` [{}] {verb}: {} {}",
        first.policy.name, first.policy.id, first.risk_description, first.solution
    );
    let mut line = one_line(&text);
    match events.len().saturating_sub(1) {
        0 => {}
        1 => line.push_str(" (and 1 more policy)"),
        more => line.push_str(&format!(" (and {more} more policies)")),
    }
    line
}

/// Text on one line and bounded: names come from images, and must not write lines of their own.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_CHARS));
    for (count, character) in text.trim().chars().enumerate() {
        if count == MAX_CHARS {
            line.push('…');
            break;
        }
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}
