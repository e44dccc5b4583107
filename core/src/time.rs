//! Instants, days and RFC 3339.

use crate::{Error, ErrorKind};
use jiff::civil;
use serde::{Serialize, Serializer};
use std::fmt;

const SECONDS_PER_DAY: i64 = 86_400;
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// An instant with nanoseconds, between the years 0000 and 9999 (UTC).
///
/// Written and read as RFC 3339; printed in UTC with `Z` and no trailing zeros. The library has no clock:
/// every `now` comes from the caller.
///
/// ```
/// use imagegate::Timestamp;
///
/// let now = Timestamp::parse("2026-11-24T14:00:00.50+08:00")?;
/// assert_eq!(now.to_string(), "2026-11-24T06:00:00.5Z");
/// # Ok::<(), imagegate::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// 0000-01-01T00:00:00Z
    pub const MIN: Self = Self { seconds: -62_167_219_200, nanoseconds: 0 };
    /// 9999-12-31T23:59:59.999999999Z
    pub const MAX: Self = Self { seconds: 253_402_300_799, nanoseconds: 999_999_999 };

    /// Seconds since the Unix epoch and nanoseconds within the second.
    ///
    /// # Errors
    /// `invalid_argument` outside the years 0000 to 9999, or with 10⁹ nanoseconds and more.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Result<Self, Error> {
        let instant = Self { seconds, nanoseconds };
        if nanoseconds > 999_999_999 || instant < Self::MIN || instant > Self::MAX {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "invalid_time",
                "a time must lie between the years 0000 and 9999, with at most 999999999 nanoseconds",
            ));
        }
        Ok(instant)
    }

    /// Reads RFC 3339: date, `T`, time, up to 9 fractional digits, and an offset or `Z`.
    ///
    /// # Errors
    /// `invalid_argument` for anything else, such as a space instead of `T`, a leap second or `24:00`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse_rfc3339(text).map_err(|message| Error::new(ErrorKind::InvalidArgument, "invalid_time", message))
    }

    /// Seconds since the Unix epoch.
    pub fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds within the second.
    pub fn subsecond_nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// This instant plus `seconds`; `None` beyond year 9999.
    pub(crate) fn plus_seconds(self, seconds: i64) -> Option<Self> {
        let sum = Self { seconds: self.seconds.checked_add(seconds)?, nanoseconds: self.nanoseconds };
        (Self::MIN..=Self::MAX).contains(&sum).then_some(sum)
    }

    /// This instant plus `days` of 24 hours; beyond year 9999 the end of time, which no `now` passes.
    pub(crate) fn plus_days_saturating(self, days: u32) -> Self {
        self.plus_seconds(i64::from(days).saturating_mul(SECONDS_PER_DAY)).unwrap_or(Self::MAX)
    }

    /// This instant minus `days` of 24 hours; before year 0000 the beginning of time.
    pub(crate) fn minus_days_saturating(self, days: u32) -> Self {
        let seconds = i64::from(days).saturating_mul(SECONDS_PER_DAY).saturating_neg();
        self.plus_seconds(seconds).unwrap_or(Self::MIN)
    }

    /// The calendar day so many days before the day of this instant in `offset`.
    pub(crate) fn day_before(self, offset: DayOffset, days: i64) -> String {
        let seconds = days.saturating_mul(SECONDS_PER_DAY).saturating_neg();
        self.plus_seconds(seconds).unwrap_or(Self::MIN).day(offset)
    }

    /// The number of the day of this instant in `offset`, counted from the epoch.
    pub(crate) fn day_number(self, offset: DayOffset) -> i64 {
        self.seconds.saturating_add(offset.seconds.into()).div_euclid(SECONDS_PER_DAY)
    }

    /// The calendar day of this instant in `offset`, as `YYYY-MM-DD`.
    pub(crate) fn day(self, offset: DayOffset) -> String {
        let local = self.seconds.saturating_add(offset.seconds.into());
        let (year, month, day, _) = civil_from_unix(local);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, second_of_day) = civil_from_unix(self.seconds);
        let hour = second_of_day.div_euclid(3600);
        let minute = second_of_day.div_euclid(60).rem_euclid(60);
        let second = second_of_day.rem_euclid(60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds != 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Year, month, day and second of the day of a count of seconds since the epoch.
///
/// The arithmetic goes through jiff's calendar, not its instants, which end a day before year 9999 does.
fn civil_from_unix(seconds: i64) -> (i16, i8, i8, i64) {
    let days = jiff::Span::new().try_days(seconds.div_euclid(SECONDS_PER_DAY)).unwrap_or_default();
    // A day offset can lead a few hours past the last day there is; it stays the last day.
    let date = EPOCH.checked_add(days).unwrap_or(civil::Date::MAX);
    (date.year(), date.month(), date.day(), seconds.rem_euclid(SECONDS_PER_DAY))
}

/// The offset that decides which day an instant belongs to: `±HH:MM`, at most 14:00.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayOffset {
    seconds: i32,
}

impl DayOffset {
    /// Reads `+HH:MM` or `-HH:MM`, at most 14:00.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).map_err(|message| Error::new(ErrorKind::InvalidArgument, "invalid_offset", message))
    }

    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{} is no offset: write `+HH:MM` or `-HH:MM`, at most 14:00", crate::error::quote(text))
        };
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = *text.as_bytes() else { return Err(wrong()) };
        let (Some(hours), Some(minutes)) = (two_digits(h1, h2), two_digits(m1, m2)) else {
            return Err(wrong());
        };
        let total = i32::from(hours).saturating_mul(60).saturating_add(minutes.into());
        if minutes > 59 || total > 14 * 60 {
            return Err(wrong());
        }
        let seconds = total.saturating_mul(60);
        Ok(Self { seconds: if sign == b'-' { seconds.saturating_neg() } else { seconds } })
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| tens.saturating_sub(b'0').saturating_mul(10).saturating_add(ones.saturating_sub(b'0')))
}

/// The shape is checked here and not left to a date library: they read more than RFC 3339 allows (a space for
/// the `T`, second 60, hour 24, no offset), and what one host reads and another refuses is no contract.
pub(crate) fn parse_rfc3339(text: &str) -> Result<Timestamp, String> {
    let wrong = || {
        format!(
            "{} is no RFC 3339 time: write it like `2026-11-24T06:00:00Z` or `2026-11-24T14:00:00.5+08:00`",
            crate::error::quote(text)
        )
    };
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10).ok_or_else(wrong)?;
    let (clock, rest) = rest.split_at_checked(9).ok_or_else(wrong)?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2] = *date else { return Err(wrong()) };
    let [b'T' | b't', h1, h2, b':', mi1, mi2, b':', s1, s2] = *clock else { return Err(wrong()) };
    let (nanoseconds, zone) = fraction(rest).ok_or_else(wrong)?;
    let century = two_digits(y1, y2).ok_or_else(wrong)?;
    let year =
        i16::from(century).saturating_mul(100).saturating_add(two_digits(y3, y4).ok_or_else(wrong)?.into());
    let number =
        |tens, ones| two_digits(tens, ones).and_then(|value| i8::try_from(value).ok()).ok_or_else(wrong);
    let (month, day) = (number(mo1, mo2)?, number(d1, d2)?);
    let (hour, minute, second) = (number(h1, h2)?, number(mi1, mi2)?, number(s1, s2)?);
    let offset = match *zone {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), oh1, oh2, b':', om1, om2] => {
            let (hours, minutes) = (number(oh1, oh2)?, number(om1, om2)?);
            if hours > 23 || minutes > 59 {
                return Err(wrong());
            }
            let total =
                i32::from(hours).saturating_mul(3600).saturating_add(i32::from(minutes).saturating_mul(60));
            if sign == b'-' { total.saturating_neg() } else { total }
        }
        _ => return Err(wrong()),
    };
    let local = civil::DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| wrong())?;
    let seconds = local.duration_since(EPOCH.to_datetime(civil::Time::midnight())).as_secs();
    let seconds = seconds.saturating_sub(offset.into());
    Timestamp::from_unix(seconds, nanoseconds)
        .map_err(|_| format!("{} lies outside the years 0000 to 9999 in UTC", crate::error::quote(text)))
}

/// `.` and 1 to 9 digits as nanoseconds, or nothing; and what follows.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(digits_on) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let length = digits_on.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = digits_on.split_at_checked(length)?;
    if !(1..=9).contains(&length) {
        return None;
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = padded
        .fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(digit.saturating_sub(b'0').into()));
    Some((nanoseconds, zone))
}

/// Checks a calendar date `YYYY-MM-DD`, as EPSS scores carry it.
pub(crate) fn check_date(text: &str) -> Result<(), String> {
    let wrong = || format!("{} is no date: write it like `2026-11-24`", crate::error::quote(text));
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return Err(wrong()) };
    let numbers = [two_digits(y1, y2), two_digits(y3, y4), two_digits(m1, m2), two_digits(d1, d2)];
    let [Some(century), Some(year), Some(month), Some(day)] = numbers else { return Err(wrong()) };
    let year = i16::from(century).saturating_mul(100).saturating_add(year.into());
    let small = |value: u8| i8::try_from(value).unwrap_or(0);
    civil::Date::new(year, small(month), small(day)).map(|_| ()).map_err(|_| wrong())
}

/// Checks that `text` is the day of `at` in some offset.
pub(crate) fn is_day_of(text: &str, at: Timestamp) -> Result<(), String> {
    check_date(text)?;
    let (earliest, latest) = (at.day(DayOffset { seconds: -50_400 }), at.day(DayOffset { seconds: 50_400 }));
    // Days of four-digit years compare as texts.
    if text < earliest.as_str() || text > latest.as_str() {
        return Err(format!("{} is the day of {at} in no offset", crate::error::quote(text)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rfc_3339_allows_and_compares_instants() {
        let cases = [
            ("2026-11-24T06:00:00Z", "2026-11-24T06:00:00Z"),
            ("2026-11-24t14:00:00+08:00", "2026-11-24T06:00:00Z"),
            ("2026-11-24T06:00:00.120000000z", "2026-11-24T06:00:00.12Z"),
            ("2024-02-29T23:59:59.000000001-23:59", "2024-03-01T23:58:59.000000001Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
            ("2026-11-24T06:00:00-00:00", "2026-11-24T06:00:00Z"),
        ];
        for (text, printed) in cases {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), printed, "{text}");
        }
    }

    #[test]
    fn refuses_what_rfc_3339_does_not_allow() {
        let wrong = [
            "",
            "2026-11-24",
            "2026-11-24 06:00:00Z",
            "2026-11-24T06:00:00",
            "2026-11-24T06:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2026-11-24T06:00:00.Z",
            "2026-11-24T06:00:00.1234567890Z",
            "2026-11-24T06:00:00+0800",
            "2026-11-24T06:00:00+24:00",
            "2026-11-24T06:00:00Z ",
            "+026-11-24T06:00:00Z",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "２０２６-11-24T06:00:00Z",
        ];
        for text in wrong {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_day_follows_the_offset() {
        let instant = Timestamp::parse("2026-11-24T16:30:00Z").unwrap();
        let day = |offset| instant.day(DayOffset::parse(offset).unwrap());
        assert_eq!(day("+00:00"), "2026-11-24");
        assert_eq!(day("+08:00"), "2026-11-25");
        assert_eq!(day("-14:00"), "2026-11-24");
        assert_eq!(Timestamp::MIN.day(DayOffset::parse("+14:00").unwrap()), "0000-01-01");
        for wrong in ["+14:01", "08:00", "+8:00", "+08:60", "Z", "+15:00"] {
            assert!(DayOffset::parse(wrong).is_err(), "{wrong}");
        }
    }
}
