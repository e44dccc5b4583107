//! Statements and findings: which belong together, and what follows.

use super::Vex;
use super::open::{At, Open};
use super::product::Product;
use super::statement::Statement;
use imagegate::{
    Error, ErrorKind, ImageIdentity, Package, ScanProfile, SuppressedBy, Suppression, Vulnerability,
};
use std::collections::{HashMap, HashSet};

/// Near misses listed for a statement.
const MAX_NEAR_MISSES: usize = 5;

/// Products of statements that are held against the findings of one profile: some seconds. Each finding is held against all
/// statements about its vulnerability, so that two lists of moderate length could keep a program busy for hours.
const MAX_COMPARISONS: usize = 1 << 26;

/// Statements by the ids that they name, in lower case.
struct Index<'v> {
    documents: &'v [Vex],
    by_id: HashMap<String, About>,
}

/// The statements about a vulnerability.
#[derive(Default)]
struct About {
    at: Vec<At>,
    /// How many products they name together.
    products: usize,
}

impl<'v> Index<'v> {
    fn of(documents: &'v [Vex]) -> Self {
        let mut by_id: HashMap<String, About> = HashMap::new();
        for (number, vex) in documents.iter().enumerate() {
            for (index, statement) in vex.statements.iter().enumerate() {
                for id in &statement.ids {
                    let about = by_id.entry(id.to_ascii_lowercase()).or_default();
                    about.at.push((number, index));
                    about.products = about.products.saturating_add(statement.products.len());
                }
            }
        }
        Self { documents, by_id }
    }

    /// # Errors
    /// `limit_exceeded` if too many products would have to be held against the findings.
    fn check(&self, findings: &[Vulnerability]) -> Result<(), Error> {
        let ids = findings.iter().flat_map(|finding| finding.id.iter().chain(&finding.aliases));
        let about = ids.filter_map(|id| self.by_id.get(&id.to_ascii_lowercase()));
        let comparisons = about.fold(0_usize, |sum, about| sum.saturating_add(about.products));
        if comparisons <= MAX_COMPARISONS {
            return Ok(());
        }
        let message = format!(
            "{comparisons} products of VEX statements would have to be held against the findings, the limit is \
             {MAX_COMPARISONS}"
        );
        Err(Error::new(ErrorKind::LimitExceeded, "limit_exceeded", message))
    }

    fn get(&self, (number, index): At) -> Option<(&'v Vex, &'v Statement)> {
        let vex = self.documents.get(number)?;
        Some((vex, vex.statements.get(index)?))
    }

    /// The statements about the vulnerability of a finding, each once, in order.
    fn about(&self, finding: &Vulnerability) -> Vec<(At, &'v Vex, &'v Statement)> {
        let ids = finding.id.iter().chain(&finding.aliases);
        let about = ids.filter_map(|id| self.by_id.get(&id.to_ascii_lowercase()));
        let mut found: Vec<At> = about.flat_map(|about| about.at.iter().copied()).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|at| self.get(at).map(|(vex, statement)| (at, vex, statement))).collect()
    }
}

/// The product of the statement that is the package in the image; else why none is.
fn product<'s>(
    statement: &'s Statement,
    image: &ImageIdentity,
    package: Option<&Package>,
) -> Result<&'s Product, String> {
    let mut why = "the statement names no product".to_owned();
    for product in &statement.products {
        match product.check(&statement.status, image, package) {
            Ok(()) => return Ok(product),
            Err(miss) => why = miss,
        }
    }
    Err(why)
}

/// The profile with its findings marked as the documents state. The order of the documents counts only where two
/// statements that suppress are of the same time.
///
/// # Errors
/// `limit_exceeded` if the statements name too many products of the vulnerabilities that were found.
pub fn apply(documents: &[Vex], profile: &ScanProfile) -> Result<ScanProfile, Error> {
    let index = Index::of(documents);
    index.check(&profile.document().vulnerabilities)?;
    let mut document = profile.document().clone();
    for finding in &mut document.vulnerabilities {
        if let Some(suppression) = suppression(&index, &document.image, finding) {
            finding.suppressed = Some(suppression);
        }
    }
    ScanProfile::new(document)
}

fn suppression(index: &Index<'_>, image: &ImageIdentity, finding: &Vulnerability) -> Option<Suppression> {
    let about = index.about(finding).into_iter();
    let matching: Vec<_> = about
        .filter_map(|(at, vex, statement)| {
            let product = product(statement, image, finding.package.as_ref()).ok()?;
            Some((at, vex, statement, product))
        })
        .collect();
    let mut open = Open::default();
    for (at, _, statement, _) in &matching {
        if statement.status.suppressing().is_none() {
            open.add(*at, statement.time);
        }
    }
    let latest = matching
        .iter()
        .filter(|(at, _, statement, _)| {
            statement.status.suppressing().is_some() && open.is_answered_by(*at, statement.time)
        })
        .max_by(|one, other| one.2.time.cmp(&other.2.time).then(one.0.cmp(&other.0)));
    let (_, vex, statement, product) = latest?;
    Some(Suppression {
        by: SuppressedBy::Vex,
        status: statement.status.suppressing().map(str::to_owned),
        justification: product.justification.clone(),
        author: vex.author.clone(),
        source: vex.source.clone(),
    })
}

/// A statement that would suppress something and is about no finding of the profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unmatched {
    /// Which of the documents.
    pub document: usize,
    /// The place in that document, as a JSON Pointer.
    pub pointer: String,
    /// What was noticed and what would help, in one line.
    pub message: String,
    /// Findings of the vulnerability, and why they are not what the statement is about.
    pub near_misses: Vec<String>,
}

/// The statements of the documents that suppress nothing in any of the profiles, in order.
///
/// # Errors
/// `limit_exceeded` where [`apply`] refuses one of the profiles.
pub fn unmatched(documents: &[Vex], profiles: &[ScanProfile]) -> Result<Vec<Unmatched>, Error> {
    let index = Index::of(documents);
    let mut matched: HashSet<At> = HashSet::new();
    let mut misses: HashMap<At, Vec<String>> = HashMap::new();
    for profile in profiles {
        let document = profile.document();
        index.check(&document.vulnerabilities)?;
        for finding in &document.vulnerabilities {
            for (at, _, statement) in index.about(finding) {
                match product(statement, &document.image, finding.package.as_ref()) {
                    Ok(_) => {
                        matched.insert(at);
                    }
                    Err(why) => {
                        let list = misses.entry(at).or_default();
                        if list.len() == MAX_NEAR_MISSES {
                            continue;
                        }
                        let miss = format!("{}: {why}", label(finding));
                        if !list.contains(&miss) {
                            list.push(miss);
                        }
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    for (number, vex) in documents.iter().enumerate() {
        for (statement_number, statement) in vex.statements.iter().enumerate() {
            let at = (number, statement_number);
            let Some(status) = statement.status.suppressing().filter(|_| !matched.contains(&at)) else {
                continue;
            };
            let id = statement.ids.first().map(String::as_str).unwrap_or_default();
            let message = format!(
                "the statement that {id} is `{status}` is about no finding that was looked at: it may be out of date, or \
                 of another product"
            );
            let near_misses = misses.remove(&at).unwrap_or_default();
            found.push(Unmatched {
                document: number,
                pointer: statement.pointer.clone(),
                message,
                near_misses,
            });
        }
    }
    Ok(found)
}

fn label(finding: &Vulnerability) -> String {
    let package = finding.package.as_ref();
    let id = finding.id.as_deref().unwrap_or("a vulnerability");
    let name = package.and_then(|package| package.name.as_deref()).unwrap_or("an unknown package");
    match package.and_then(|package| package.version.as_deref()) {
        Some(version) => format!("{id} in {name} {version}"),
        None => format!("{id} in {name}"),
    }
}
