//! One Markdown table. Its sections differ in what the five columns of values mean; each says so in a line of its own.
//! The last two columns compare the last value of a row, the largest case, with the floor and with the best peer.

/// The columns of values.
pub const COLUMNS: usize = 5;

/// The table's head.
pub fn head(title: &str, columns: &[&str]) {
    row(title, &texts(columns), "÷ floor", "÷ best peer");
    println!("|---|{}", "---:|".repeat(COLUMNS + 2));
}

/// The line that opens a section.
pub fn section(title: &str, columns: &[&str]) {
    let bold = |text: &str| if text.is_empty() { String::new() } else { format!("**{text}**") };
    let columns: Vec<String> = columns.iter().map(|column| bold(column)).collect();
    row(&bold(title), &columns, "", "");
}

/// A line of values without anything to compare with.
pub fn values(name: &str, values: &[String]) {
    row(name, values, "", "");
}

/// A line of values, padded with empty ones.
pub fn row(name: &str, values: &[String], floor: &str, peer: &str) {
    let mut cells = values.to_vec();
    cells.resize(COLUMNS, String::new());
    println!("| {name} | {} | {floor} | {peer} |", cells.join(" | "));
}

fn texts(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| (*column).to_owned()).collect()
}

/// `time` against `other`, in words that cannot be read the wrong way round.
pub fn ratio(time: f64, other: f64) -> String {
    let digits = |ratio: f64| if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") };
    match time / other {
        ratio if (0.995..1.005).contains(&ratio) => "1".to_owned(),
        ratio if ratio > 1.0 => format!("{}× slower", digits(ratio)),
        ratio => format!("{}× faster", digits(1.0 / ratio)),
    }
}
