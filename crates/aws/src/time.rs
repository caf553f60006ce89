//! Timestamps between the SDK, the table and ourselves, and limits of time.

use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp, Unit};

pub(crate) fn to_sdk(at: Timestamp) -> DateTime {
    DateTime::from_nanos(at.as_nanosecond()).unwrap_or_else(|_| DateTime::from_secs(at.as_second()))
}

/// `None` for a time beyond the year 9999.
pub(crate) fn from_sdk(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// A time as the services' JSON protocols take it: seconds since 1970, with a fraction where it has one.
#[cfg(feature = "signed_http")]
pub(crate) fn to_epoch_seconds(at: Timestamp) -> serde_json::Value {
    if at.subsec_nanosecond() == 0 { at.as_second().into() } else { at.as_duration().as_secs_f64().into() }
}

/// A time as the services' JSON protocols answer it. `None` for one that is out of all bounds.
pub(crate) fn from_epoch_seconds(seconds: f64) -> Option<Timestamp> {
    let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
    // A float holds no more of such a number.
    Timestamp::from_duration(since).ok()?.round(Unit::Millisecond).ok()
}

/// RFC 3339 with all nine digits, so that the order of texts is the order of times.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// The work's result, or an error of the kind `Unavailable` where it takes longer than `limit`.
/// `operation` names the work.
#[cfg(feature = "signed_http")]
pub(crate) async fn within<T>(
    limit: std::time::Duration,
    operation: impl FnOnce() -> String,
    work: impl Future<Output = Result<T, common::ports::PortError>>,
) -> Result<T, common::ports::PortError> {
    use common::ports::{PortError, PortErrorKind};
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|elapsed| Err(PortError::new(operation(), PortErrorKind::Unavailable, elapsed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sortable_orders_as_time_does_and_parses_back() {
        let mut texts = Vec::new();
        for text in ["2026-11-20T03:00:00Z", "2026-11-20T03:00:00.5Z", "2026-11-20T03:00:01Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(sortable(at).parse::<Timestamp>().unwrap(), at);
            texts.push(sortable(at));
        }
        assert!(texts.is_sorted());
    }

    #[test]
    fn sdk_time_survives_the_way_there_and_back() {
        let at: Timestamp = "2026-11-20T03:00:00.123456789Z".parse().unwrap();
        assert_eq!(from_sdk(&to_sdk(at)), Some(at));
    }

    #[cfg(feature = "signed_http")]
    #[test]
    fn epoch_seconds_are_whole_where_the_time_is_and_keep_milliseconds() {
        for (text, expected) in [
            ("2026-11-20T03:00:00Z", "1795143600"),
            ("2026-11-20T03:00:00.123Z", "1795143600.123"),
            ("1969-12-31T23:59:58.5Z", "-1.5"),
        ] {
            let at: Timestamp = text.parse().unwrap();
            let seconds = to_epoch_seconds(at);
            assert_eq!(seconds.to_string(), expected);
            assert_eq!(from_epoch_seconds(seconds.as_f64().unwrap()), Some(at));
        }
        for seconds in [f64::NAN, f64::INFINITY, 1e300, -1e300] {
            assert_eq!(from_epoch_seconds(seconds), None);
        }
    }
}
