//! A decision as text for a tired operator: what happened, which policy, which finding, what to do.

use super::{Action, Decision, Event, Evidence, Excuse, Finding};
use crate::engine::Category;
use crate::profile::Severity;
use std::fmt::{self, Write};

/// What a piece of text is, for those who colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Intercept,
    Alarm,
    Allow,
    /// A severity that is critical or high.
    Severe,
    /// What the eye should find first.
    Strong,
    /// What can be read later.
    Faint,
}

/// How text is dressed; [`Plain`] does nothing.
pub trait Style {
    /// Writes `text` dressed for `role`.
    ///
    /// # Errors
    /// Those of the writer.
    fn paint(&self, out: &mut dyn Write, role: Role, text: &str) -> fmt::Result;
}

/// Text without colours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Style for Plain {
    fn paint(&self, out: &mut dyn Write, _: Role, text: &str) -> fmt::Result {
        out.write_str(text)
    }
}

/// Findings shown in a category before the rest is only counted.
const MAX_SHOWN: usize = 5;

impl Decision {
    /// Writes the decision as text, several lines, each ended by a line feed.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(&self, out: &mut dyn Write, style: &dyn Style) -> fmt::Result {
        let (role, headline) = match self.action() {
            Action::Intercept => (Role::Intercept, "INTERCEPT"),
            Action::Alarm => (Role::Alarm, "ALARM"),
            Action::Allow => (Role::Allow, "ALLOW"),
        };
        style.paint(out, role, headline)?;
        let image = &self.launch().document().image;
        let name = image.reference.as_deref().or(image.id.as_deref()).or(image.digest.as_deref());
        write!(out, "  ")?;
        style.paint(out, Role::Strong, &one_line(name.unwrap_or_default()))?;
        if let Some(container) = &self.launch().document().container.name {
            write!(out, "  container {}", one_line(container))?;
        }
        writeln!(out)?;
        match self.action() {
            Action::Intercept => writeln!(out, "The container must not start.")?,
            Action::Alarm => writeln!(out, "The container starts, and this is recorded.")?,
            Action::Allow => writeln!(out, "No policy objects to this start.")?,
        }
        for event in self.events() {
            writeln!(out)?;
            write_event(out, style, event)?;
        }
        writeln!(out)?;
        let mut footer = format!("decided at {}, policy set {}", self.decided_at(), short(self.revision()));
        if let Some(label) = self.label() {
            write!(footer, " ({})", one_line(label))?;
        }
        if let Some(key) = self.aggregation_key() {
            write!(footer, ", event {key}")?;
        }
        style.paint(out, Role::Faint, &footer)?;
        writeln!(out)
    }

    /// The decision as plain text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write_text(&mut text, &Plain);
        text
    }
}

fn short(revision: &str) -> &str {
    revision.get(..12).unwrap_or(revision)
}

/// Names come from images: a line feed or an escape sequence in one must not write lines of its own.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

fn write_event(out: &mut dyn Write, style: &dyn Style, event: &Event) -> fmt::Result {
    let (role, word) = match event.action {
        Action::Intercept => (Role::Intercept, "intercepts"),
        _ => (Role::Alarm, "alarms"),
    };
    write!(out, "Policy ")?;
    style.paint(out, Role::Strong, &one_line(&event.policy.name))?;
    write!(out, " [{}] ", event.policy.id)?;
    style.paint(out, role, word)?;
    match (event.action, event.policy.intercepts_from) {
        (Action::Intercept, _) => writeln!(out)?,
        (_, Some(from)) => writeln!(out, " (observing; intercepts from {from})")?,
        (_, None) => writeln!(out, " (it never intercepts)")?,
    }
    writeln!(out, "  Why:  {}", one_line(&event.risk_description))?;
    for evidence in &event.evidence {
        write_evidence(out, style, evidence)?;
    }
    write!(out, "  Do:   ")?;
    style.paint(out, Role::Strong, &one_line(&event.solution))?;
    writeln!(out)
}

fn write_evidence(out: &mut dyn Write, style: &dyn Style, evidence: &Evidence) -> fmt::Result {
    let noun = match (evidence.category, evidence.total) {
        (Category::Vulnerabilities, 1) => "vulnerability",
        (Category::Vulnerabilities, _) => "vulnerabilities",
        (Category::Malware, 1) => "malicious file",
        (Category::Malware, _) => "malicious files",
        (Category::Sensitive, 1) => "secret",
        (Category::Sensitive, _) => "secrets",
        (Category::Privileges, 1) => "privilege",
        (Category::Privileges, _) => "privileges",
        (Category::Scan, 1) => "fact about the scan",
        (Category::Scan, _) => "facts about the scan",
    };
    write!(out, "  {} {noun}", evidence.total)?;
    if evidence.excused > 0 {
        write!(out, ", {} excused", evidence.excused)?;
    }
    writeln!(out, ":")?;
    for finding in evidence.findings.iter().take(MAX_SHOWN) {
        write_finding(out, style, finding)?;
    }
    match evidence.total.saturating_sub(evidence.findings.len().min(MAX_SHOWN)) {
        0 => Ok(()),
        more => writeln!(out, "    … and {more} more"),
    }
}

fn write_finding(out: &mut dyn Write, style: &dyn Style, finding: &Finding) -> fmt::Result {
    write!(out, "    ")?;
    match finding {
        Finding::Vulnerability(found) => {
            write_severity(out, style, found.severity)?;
            style.paint(out, Role::Strong, &one_line(found.id.as_deref().unwrap_or("(no id)")))?;
            write!(out, "  {}", one_line(found.package.as_deref().unwrap_or("(unknown package)")))?;
            if let Some(version) = &found.version {
                write!(out, " {}", one_line(version))?;
            }
            match found.fixed_in.as_slice() {
                [] => write!(out, "  no fixed version known")?,
                versions => write!(out, "  fixed in {}", one_line(&versions.join(", ")))?,
            }
            if let Some(path) = &found.path {
                write!(out, "  {}", one_line(path))?;
            }
            write_matched(out, style, &found.matched, &found.unknown)?;
        }
        Finding::Malware(found) => {
            write_severity(out, style, found.severity)?;
            style.paint(out, Role::Strong, &one_line(found.family.as_deref().unwrap_or("malware")))?;
            write!(out, "  {}", one_line(found.path.as_deref().unwrap_or("(unknown path)")))?;
            write_matched(out, style, &found.matched, &found.unknown)?;
        }
        Finding::Sensitive(found) => {
            write_severity(out, style, found.severity)?;
            style.paint(out, Role::Strong, &one_line(found.kind.as_deref().unwrap_or("secret")))?;
            write!(out, "  {}", one_line(found.path.as_deref().unwrap_or("(unknown path)")))?;
            if let Some(line) = found.line {
                write!(out, ":{line}")?;
            }
            write_matched(out, style, &found.matched, &found.unknown)?;
        }
        Finding::Privilege(found) => {
            style.paint(out, Role::Strong, &one_line(&found.privilege.to_string()))?;
            if found.inferred {
                write!(out, " (inferred)")?;
            }
            write_matched(out, style, &found.matched, &found.unknown)?;
        }
        Finding::Scan(found) => {
            style.paint(out, Role::Strong, &found.clause)?;
            write!(out, "  state {}", found.state.as_str())?;
            match (found.date, found.max_days) {
                (Some(date), Some(days)) => write!(out, ", {date}, at most {days} days")?,
                (None, Some(days)) => write!(out, ", date unknown, at most {days} days")?,
                _ => {}
            }
        }
    }
    if let Some(excuse) = finding.exception() {
        write_excuse(out, style, excuse)?;
    }
    writeln!(out)
}

fn write_severity(out: &mut dyn Write, style: &dyn Style, severity: Severity) -> fmt::Result {
    let padded = format!("{:<10}  ", severity.as_str());
    match severity {
        Severity::Critical | Severity::High => style.paint(out, Role::Severe, &padded),
        _ => out.write_str(&padded),
    }
}

fn write_matched(
    out: &mut dyn Write,
    style: &dyn Style,
    matched: &[String],
    unknown: &[String],
) -> fmt::Result {
    let mut text = String::new();
    if !matched.is_empty() {
        write!(text, "  by {}", one_line(&matched.join(", ")))?;
    }
    if !unknown.is_empty() {
        write!(text, "  unknown: {}", unknown.join(", "))?;
    }
    style.paint(out, Role::Faint, &text)
}

fn write_excuse(out: &mut dyn Write, style: &dyn Style, excuse: &Excuse) -> fmt::Result {
    let mut text = String::from("  excused");
    if let Some(reason) = &excuse.reason {
        write!(text, ": {}", one_line(reason))?;
    }
    if let Some(until) = excuse.expires_at {
        write!(text, " (until {until})")?;
    }
    style.paint(out, Role::Faint, &text)
}
