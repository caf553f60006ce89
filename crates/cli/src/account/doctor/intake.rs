//! Judges whether the intake's records account for what reached it in the last day.

use aws::SdkConfig;
use jiff::Timestamp;

use super::finding::Finding;
use crate::account::{
    intake::{Since, Verdict, read, verdict},
    stack::Stack,
};

const WHAT: &str = "intake";

pub(super) async fn accounts(config: &SdkConfig, stack: &Stack) -> Finding {
    match read(config, stack, Since::DAY, Timestamp::now()).await {
        // A read that fails is a failure here as in every other check.
        Ok(accounts) => match accounts.metric_failure() {
            Some(reason) => Finding::fail(WHAT, reason),
            None => judge(verdict(&accounts, &stack.name)),
        },
        Err(failure) => Finding::fail(WHAT, failure.to_string()),
    }
}

/// That nothing can be compared, because CloudWatch has nothing or the deployment is new, is no fault.
fn judge(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::AddsUp(detail) => Finding::ok(WHAT, detail),
        Verdict::Short(detail) => Finding::fail(WHAT, detail),
        Verdict::NotCompared(detail) => Finding::warn(WHAT, detail),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Level, *};

    #[test]
    fn judge_fails_only_where_something_is_missing() {
        for (verdict, expected) in [
            (Verdict::AddsUp(String::new()), Level::Ok),
            (Verdict::NotCompared(String::new()), Level::Warn),
            (Verdict::Short(String::new()), Level::Fail),
        ] {
            assert_eq!(judge(verdict).level, expected);
        }
    }
}
