//! The scores of the Exploit Prediction Scoring System as FIRST publishes them: CSV, plain or compressed.
//!
//! The columns `cve` and `epss` are needed, `percentile` is read where it is there, and others are left aside. Each row
//! has as many fields as there are columns, and the last one ends with its line, or the document is not whole. Fields are
//! not quoted, since published files have nothing to quote. The day of the scores is the `score_date` in the comment before
//! the columns; files of before 2022 have none. Of two rows for one CVE the higher score counts.

use crate::cve::Cve;
use imagegate::{Epss, Error, ErrorKind, Position, Score, Timestamp, quote};
use std::collections::HashMap;

/// Where the columns are that are read, and how many there are.
struct Columns {
    cve: usize,
    epss: usize,
    percentile: Option<usize>,
    count: usize,
}

impl Columns {
    fn of(line: &str) -> Option<Self> {
        let place = |name: &str| line.split(',').position(|column| column == name);
        Some(Self {
            cve: place("cve")?,
            epss: place("epss")?,
            percentile: place("percentile"),
            count: line.split(',').count(),
        })
    }
}

pub(super) fn read(text: &str) -> Result<HashMap<Cve, Epss>, Error> {
    let mut lines = text.lines().enumerate();
    let mut date = None;
    let mut columns = None;
    for (_, line) in lines.by_ref() {
        let Some(comment) = line.strip_prefix('#') else {
            columns = Columns::of(line);
            break;
        };
        date = comment.split(',').find_map(|part| day(part.strip_prefix("score_date:")?)).or(date);
    }
    let columns = columns.ok_or_else(|| {
        super::unknown(
            "the document is neither a catalogue of known exploited vulnerabilities in JSON nor scores of EPSS in CSV, \
             with the columns `cve` and `epss`",
        )
    })?;
    let mut scores: HashMap<Cve, Epss> = HashMap::new();
    for (index, line) in lines {
        if line.is_empty() {
            continue;
        }
        let (cve, entry) = row(line, &columns, date.as_deref()).map_err(|message| {
            let line_start = text.split('\n').take(index).map(|line| line.len().saturating_add(1)).sum();
            Error::new(ErrorKind::InvalidProfile, "invalid_row", message)
                .with_position(Position::of_offset(text.as_bytes(), line_start))
        })?;
        let known = scores.remove(&cve);
        scores.insert(cve, joined(known, &entry));
    }
    if !text.ends_with('\n') {
        // `0.09` of `0.0944` is a number too.
        let message = "the last row does not end with its line: the document is not whole";
        return Err(Error::new(ErrorKind::InvalidProfile, "incomplete", message)
            .with_position(Position::of_offset(text.as_bytes(), text.len())));
    }
    if scores.is_empty() {
        let message = "there is no score in the document: it is not whole";
        return Err(Error::new(ErrorKind::InvalidProfile, "incomplete", message));
    }
    Ok(scores)
}

/// `2025-03-17` of `2025-03-17T00:00:00+0000`.
fn day(text: &str) -> Option<String> {
    let day = text.split('T').next()?;
    Timestamp::parse(&format!("{day}T00:00:00Z")).is_ok().then(|| day.to_owned())
}

fn row(line: &str, columns: &Columns, date: Option<&str>) -> Result<(Cve, Epss), String> {
    let fields: Vec<&str> = line.split(',').collect();
    if fields.len() != columns.count {
        return Err(format!(
            "expected {} fields as there are columns, found {}",
            columns.count,
            fields.len()
        ));
    }
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let id = field(columns.cve);
    let cve =
        Cve::parse(id).ok_or_else(|| format!("{} is no CVE id, such as `CVE-2021-44228`", quote(id)))?;
    let number = |at: usize| {
        let text = field(at);
        let score = text.parse().ok().and_then(Score::new).filter(|score| score.get() <= 1.0);
        score.ok_or_else(|| format!("expected a number from 0 to 1, found {}", quote(text)))
    };
    let score = number(columns.epss)?;
    let percentile = columns.percentile.map(number).transpose()?;
    Ok((cve, Epss { score: Some(score), percentile, date: date.map(str::to_owned) }))
}

/// What is known with what the scores say: the higher score, with all that belongs to it.
pub(super) fn joined(known: Option<Epss>, entry: &Epss) -> Epss {
    match known {
        Some(known) if known.score >= entry.score => known,
        _ => entry.clone(),
    }
}
