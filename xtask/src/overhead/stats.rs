//! Medians with their intervals.

use std::time::Duration;

/// Milliseconds.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The value below which this share of them lies.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (last as f64 * share).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// Median, and the interval in which the true one lies with 95 % by the order of the values alone.
pub fn median(values: &mut [f64]) -> (f64, f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let half_width = 0.98 / (values.len().max(1) as f64).sqrt();
    let low = quantile(values, (0.5 - half_width).max(0.0));
    let high = quantile(values, (0.5 + half_width).min(1.0));
    (quantile(values, 0.5), low, high)
}
