//! Colours, tables, and text that cannot write lines of its own.

use anstyle::{AnsiColor, Style as Ansi};
use imagegate::{Role, Style};
use std::fmt::{self, Write};

/// Writes text for one stream: with escape sequences or without.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dress {
    pub(crate) colour: bool,
}

impl Style for Dress {
    fn paint(&self, out: &mut dyn Write, role: Role, text: &str) -> fmt::Result {
        if !self.colour {
            return out.write_str(text);
        }
        let style = of_role(role);
        write!(out, "{style}{text}{style:#}")
    }
}

impl Dress {
    /// `text` dressed for `role`.
    pub(crate) fn dressed(self, role: Role, text: &str) -> String {
        let mut dressed = String::with_capacity(text.len());
        // Writing into a string cannot fail.
        let _ = self.paint(&mut dressed, role, text);
        dressed
    }
}

const fn of_role(role: Role) -> Ansi {
    match role {
        Role::Intercept => AnsiColor::Red.on_default().bold(),
        Role::Alarm => AnsiColor::Yellow.on_default().bold(),
        Role::Allow => AnsiColor::Green.on_default().bold(),
        Role::Severe => AnsiColor::Red.on_default(),
        Role::Strong => Ansi::new().bold(),
        Role::Faint => Ansi::new().dimmed(),
    }
}

/// Text from documents and file names on one line: a line feed, an escape sequence or a change of the writing
/// direction in it must not look like output of ours.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        let turns =
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// A cell of a table.
pub(crate) struct Cell {
    pub(crate) role: Option<Role>,
    pub(crate) text: String,
}

impl Cell {
    pub(crate) fn plain(text: &str) -> Self {
        Self { role: None, text: one_line(text) }
    }

    pub(crate) fn of(role: Role, text: &str) -> Self {
        Self { role: Some(role), text: one_line(text) }
    }
}

/// Rows in columns as wide as their widest cell; the last column is as long as it is.
pub(crate) fn table(dress: Dress, head: &[&str], rows: &[Vec<Cell>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.chars().count());
        }
    }
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = (Option<Role>, &str)>| {
        let mut cells = cells.zip(&widths).peekable();
        while let Some(((role, text), width)) = cells.next() {
            match role {
                Some(role) => out.push_str(&dress.dressed(role, text)),
                None => out.push_str(text),
            }
            if cells.peek().is_some() {
                let padding = width.saturating_sub(text.chars().count()).saturating_add(2);
                out.extend(std::iter::repeat_n(' ', padding));
            }
        }
        out.push('\n');
    };
    line(&mut head.iter().map(|title| (Some(Role::Faint), *title)));
    for row in rows {
        line(&mut row.iter().map(|cell| (cell.role, cell.text.as_str())));
    }
    out
}
