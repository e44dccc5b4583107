//! CVE ids: the one kind of id that catalogues from elsewhere are keyed by.

/// `CVE-2021-44228`, in whatever case it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cve {
    year: u16,
    number: u64,
}

impl Cve {
    /// The id that the text is; `None` if it is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let is_cve = parts.next()?.eq_ignore_ascii_case("cve");
        let (year, number) = (parts.next()?, parts.next()?);
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        // Zeros only fill up to four digits, so that no two ids have one number.
        let is_filled = number.len() == 4 || (number.len() > 4 && !number.starts_with('0'));
        if !is_cve
            || parts.next().is_some()
            || year.len() != 4
            || !is_number(year)
            || !is_number(number)
            || !is_filled
        {
            return None;
        }
        Some(Self { year: year.parse().ok()?, number: number.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_what_is_none() {
        assert_eq!(Cve::parse("cve-2021-44228"), Cve::parse("CVE-2021-44228"));
        assert!(Cve::parse("CVE-1999-0001").is_some());
        assert_ne!(Cve::parse("CVE-2021-0001"), Cve::parse("CVE-2021-1000"));
        for none in [
            "",
            "CVE",
            "CVE-2021",
            "CVE-2021-",
            "CVE-2021-123",
            "CVE-2021-00001",
            "CVE-21-1234",
            "CVE-2021-1234-1",
            "GHSA-1111-2222-3333",
            "CVE-2021-1234 ",
            "CVE-+021-1234",
        ] {
            assert_eq!(Cve::parse(none), None, "{none}");
        }
    }
}
