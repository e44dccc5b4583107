//! Names in advice.

/// Names in backticks, separated by commas.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The one of `names` that `text` most likely meant.
pub(crate) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if text.len() > 64 {
        return None;
    }
    let distance = |name: &str| strsim::damerau_levenshtein(text, name);
    let (name, distance) = names.map(|name| (name, distance(name))).min_by_key(|(_, distance)| *distance)?;
    let is_begun = text.len() > 3 && name.starts_with(text);
    (is_begun || (distance <= 2 && distance < name.chars().count())).then_some(name)
}
