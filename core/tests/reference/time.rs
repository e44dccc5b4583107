//! Instants: RFC 3339 text to seconds and nanoseconds since the Unix epoch, and back.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    pub seconds: i64,
    pub nanos: u32,
}

pub const DAY: i64 = 86_400;

impl Instant {
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self { seconds: self.seconds + seconds, nanos: self.nanos }
    }

    /// A day in a duration is 24 h.
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days * DAY)
    }

    pub fn plus_nanos(self, nanos: i64) -> Self {
        let total = i64::from(self.nanos) + nanos;
        Self {
            seconds: self.seconds + total.div_euclid(1_000_000_000),
            nanos: total.rem_euclid(1_000_000_000) as u32,
        }
    }
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let mut days = 0;
    if year >= 1970 {
        for year in 1970..year {
            days += year_length(year);
        }
    } else {
        for year in year..1970 {
            days -= year_length(year);
        }
    }
    for month in 1..month {
        days += month_length(year, month);
    }
    days + day - 1
}

/// The day that is so many days after 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let mut left = days;
    let mut year = 1970;
    while left < 0 {
        year -= 1;
        left += year_length(year);
    }
    while left >= year_length(year) {
        left -= year_length(year);
        year += 1;
    }
    let mut month = 1;
    while left >= month_length(year, month) {
        left -= month_length(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn year_length(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads RFC 3339 text that is known to be valid: `2026-11-24T06:00:00.5+08:00`.
pub fn parse(text: &str) -> Instant {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let days = days_from_civil(number(0, 4), number(5, 7), number(8, 10));
    let mut seconds = days * DAY + number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19);
    let mut rest = &text[19..];
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits: String = fraction.chars().take_while(char::is_ascii_digit).collect();
        rest = &fraction[digits.len()..];
        nanos = format!("{digits:0<9}").parse().unwrap();
    }
    if !rest.eq_ignore_ascii_case("z") {
        seconds -= parse_offset(rest);
    }
    Instant { seconds, nanos }
}

/// Reads `±HH:MM` as seconds.
pub fn parse_offset(text: &str) -> i64 {
    let size = text[1..3].parse::<i64>().unwrap() * 3600 + text[4..6].parse::<i64>().unwrap() * 60;
    if text.starts_with('-') { -size } else { size }
}

/// The output form: UTC with `Z`, no trailing zeros.
pub fn format(instant: Instant) -> String {
    let (year, month, day) = civil_from_days(instant.seconds.div_euclid(DAY));
    let within = instant.seconds.rem_euclid(DAY);
    let (hour, minute, second) = (within / 3600, within / 60 % 60, within % 60);
    let mut fraction = String::new();
    if instant.nanos != 0 {
        fraction = format!(".{:09}", instant.nanos);
        fraction.truncate(fraction.trim_end_matches('0').len());
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The day `YYYY-MM-DD` of an instant where the clock is so many seconds ahead of UTC.
pub fn day(instant: Instant, offset: i64) -> String {
    let (year, month, day) = civil_from_days((instant.seconds + offset).div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

#[test]
fn instants() {
    assert_eq!(parse("1970-01-01T00:00:00Z"), Instant { seconds: 0, nanos: 0 });
    assert_eq!(parse("2026-11-24T06:00:00Z").seconds, 1_795_500_000);
    assert_eq!(parse("2026-11-24t14:00:00.000+08:00"), parse("2026-11-24T06:00:00z"));
    assert_eq!(parse("1969-12-31T23:59:59.25Z"), Instant { seconds: -1, nanos: 250_000_000 });
    assert_eq!(format(parse("2028-02-29T23:30:00.120-05:30")), "2028-03-01T05:00:00.12Z");
    assert_eq!(format(parse("1969-03-01T00:00:00Z")), "1969-03-01T00:00:00Z");
    assert_eq!(day(parse("2026-11-23T16:00:00Z"), parse_offset("+08:00")), "2026-11-24");
    assert_eq!(day(parse("2026-11-23T15:59:59.999999999Z"), parse_offset("+08:00")), "2026-11-23");
    assert_eq!(parse("2026-01-01T00:00:00Z").plus_nanos(-1), parse("2025-12-31T23:59:59.999999999Z"));
}
