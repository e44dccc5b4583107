//! The table: runtime, case, what is expected, what was seen, and what the runtime itself said.

/// One line of it.
pub struct Row {
    /// The runtime.
    pub runtime: String,
    /// The case.
    pub case: String,
    /// What is expected.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// The runtime's own line, if it said something.
    pub said: String,
    /// Why this is not what is expected.
    pub failure: Option<String>,
}

/// All of them.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a line.
    pub fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    /// What failed.
    pub fn failures(&self) -> Vec<String> {
        let failed = self.0.iter().filter_map(|row| Some((row, row.failure.as_ref()?)));
        failed.map(|(row, failure)| format!("{} {}: {failure}", row.runtime, row.case)).collect()
    }

    /// Prints it on standard output.
    pub fn print(&self) {
        let heads = ["runtime", "case", "expected", "seen"];
        let cells =
            |row: &Row| [row.runtime.clone(), row.case.clone(), row.expected.clone(), row.seen.clone()];
        let mut widths = heads.map(|head| head.chars().count());
        for row in &self.0 {
            for (width, cell) in widths.iter_mut().zip(cells(row)) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |cells: [String; 4]| {
            let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        println!("   {}", line(heads.map(str::to_owned)));
        for row in &self.0 {
            println!("{} {}", if row.failure.is_some() { "✗ " } else { "✓ " }, line(cells(row)));
            if !row.said.is_empty() {
                println!("      {}", row.said);
            }
        }
    }
}
