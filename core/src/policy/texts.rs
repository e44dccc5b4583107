//! A list of short texts in two allocations, however many there are: policies name tens of thousands of ids and hashes.

/// Texts in ASCII lower case, in the order of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    /// All texts, one after the other.
    text: Box<str>,
    /// Where each ends.
    ends: Box<[usize]>,
}

impl Texts {
    pub(crate) fn in_lower_case(texts: &[&str]) -> Self {
        let mut text = texts.concat();
        text.make_ascii_lowercase();
        let mut end = 0_usize;
        let mut next = |text: &&str| {
            end = end.saturating_add(text.len());
            end
        };
        let ends = texts.iter().map(&mut next).collect();
        Self { text: text.into(), ends }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    /// Whether `text` is one of them, without regard to ASCII case.
    pub(crate) fn contain(&self, text: &str) -> bool {
        self.iter().any(|known| known.eq_ignore_ascii_case(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_out_as_they_went_in_but_in_lower_case() {
        let texts = Texts::in_lower_case(&["CVE-2021-1", "", "é", "GHSA-x"]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["cve-2021-1", "", "é", "ghsa-x"]);
        assert!(texts.contain("cve-2021-1") && texts.contain("ghsa-X") && texts.contain(""));
        assert!(!texts.contain("cve-2021-") && !texts.contain("É"));
        let none = Texts::default();
        assert!(none.is_empty() && none.iter().next().is_none() && !none.contain(""));
    }
}
