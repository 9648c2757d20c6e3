//! Ages in the form of `kubectl`.

use jiff::Timestamp;
use serde_json::Value;

/// The age of an RFC 3339 time: `0s`, `2m5s`, `12m`, `3h10m`, `9d`.
pub(crate) fn age(time: Option<&Value>, now: Timestamp) -> String {
    let time = time.and_then(Value::as_str).map(str::parse::<Timestamp>);
    match time {
        Some(Ok(time)) => duration(now.as_second() - time.as_second()),
        _ => "<unknown>".to_owned(),
    }
}

fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large, large_unit, small, small_unit| {
        if small == 0 {
            format!("{large}{large_unit}")
        } else {
            format!("{large}{large_unit}{small}{small_unit}")
        }
    };
    match seconds {
        i64::MIN..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::now("2026-11-23T12:00:00Z", "0s")]
    #[case::a_moment_ahead("2026-11-23T12:00:01Z", "0s")]
    #[case::ahead("2026-11-23T12:00:05Z", "<invalid>")]
    #[case::seconds("2026-11-23T11:58:01Z", "119s")]
    #[case::minutes("2026-11-23T11:57:55Z", "2m5s")]
    #[case::whole_minutes("2026-11-23T11:57:00Z", "3m")]
    #[case::many_minutes("2026-11-23T11:48:55Z", "11m")]
    #[case::hours("2026-11-23T08:50:00Z", "3h10m")]
    #[case::many_hours("2026-11-22T12:50:00Z", "23h")]
    #[case::days("2026-11-20T10:50:00Z", "3d1h")]
    #[case::many_days("2025-11-20T10:50:00Z", "368d")]
    #[case::nonsense("yesterday", "<unknown>")]
    fn writes_an_age(#[case] time: &str, #[case] expected: &str) {
        let now = "2026-11-23T12:00:00.9Z".parse().expect("a time");
        assert_eq!(age(Some(&json!(time)), now), expected);
    }
}
