//! Tests the conditions under which a person is asked.

use super::*;

/// Facts that ask by themselves, with what the person reads.
#[allow(clippy::too_many_lines, reason = "one line or two for each condition")]
fn asking() -> Vec<(Facts, &'static str)> {
    vec![
        (
            Facts { raised_by_untrusted: true, ..fine() },
            "metrics, traces or logs that outsiders may write are part of the confidence",
        ),
        (
            Facts { metrics_read: false, ..fine() },
            "the metrics could not be read that would tell if the fault began with the change",
        ),
        (
            Facts { reaches_symptom: false, ..fine() },
            "nothing leads from the symptom to what would be changed: no call, no read, only the application's tag",
        ),
        (
            Facts { alibi: true, details: [("alibi", "240 s, 312 requests".to_owned())].into(), ..fine() },
            "what was changed served as usual for a while after the change (240 s, 312 requests)",
        ),
        (
            Facts { discriminates: false, ..fine() },
            "nothing but its time speaks for the change: the fault did not begin with it",
        ),
        (
            Facts {
                rival_margin_percent: 19,
                details: [("rival_margin_percent", "prices".to_owned())].into(),
                ..fine()
            },
            "another cause is nearly as likely (prices)",
        ),
        (
            Facts { symptom_measured: Some(false), ..fine() },
            "the alarm is in ALARM and its newest datapoint is normal: it is recovering, or was set by hand",
        ),
        (
            Facts { symptom_measured: None, ..fine() },
            "nothing confirms the alarm: its newest datapoint cannot be compared with its threshold, or its metric is not one that an AWS service writes",
        ),
        (
            Facts { event_age_minutes: 61, ..fine() },
            "the event is 61 minutes old, and one that is older than an hour may tell of what is settled",
        ),
        (Facts { change_calendar: ChangeCalendar::Closed, ..fine() }, "a change calendar is closed"),
        (
            Facts {
                change_calendar: ChangeCalendar::Unreadable,
                details: [("change_calendar", "GetCalendarState: denied".to_owned())].into(),
                ..fine()
            },
            "the change calendars could not be read, which counts as closed (GetCalendarState: denied)",
        ),
        (
            Facts { capacity_share_percent: Some(11), ..fine() },
            "start-instance takes 11 % of the service's capacity out of service or replaces it, and more than 10 % needs approval",
        ),
        (
            Facts { capacity_share_percent: None, ..fine() },
            "the share of the service's capacity that start-instance takes out of service is unknown",
        ),
        (
            Facts { resources_touched: Some(6), ..fine() },
            "start-instance touches 6 resources, and more than 5 need approval in production",
        ),
        (
            Facts { resources_touched: None, environment: Environment::Unknown, ..fine() },
            "the number of resources that start-instance touches is unknown",
        ),
        (
            Facts { dependants: Some(21), ..fine() },
            "21 components depend on the target, and more than 20 need approval in production",
        ),
        (
            Facts { dependants: None, ..fine() },
            "the number of components that depend on the target is unknown",
        ),
        (
            Facts { other_open_incidents: Some(3), ..fine() },
            "3 other incidents of the application are open and may have the same cause",
        ),
        (
            Facts { other_open_incidents: None, ..fine() },
            "the number of other open incidents of the application is unknown",
        ),
        (
            Facts { account_budget_percent: 50, ..fine() },
            "50 % of the account's actions for an hour are used up; from 50 % on each one needs approval",
        ),
        (
            Facts { breaker: Breaker::Open, ..fine() },
            "start-instance has not helped this application lately; it may run unattended again if it helps this time, or after nightshift close-breaker",
        ),
        (
            Facts { breaker: Breaker::HalfOpen, ..fine() },
            "start-instance has not helped this application lately, and a run that was approved to find out is not verified yet",
        ),
        (
            Facts {
                same_action_on_target_today: 1,
                details: [("same_action_on_target_today", "02:10Z by 01ABC".to_owned())].into(),
                ..fine()
            },
            "start-instance already ran once on this target within 24 hours (02:10Z by 01ABC)",
        ),
        (
            Facts { changed_by: ActorKind::Scheduler, ..fine() },
            "the change behind this was made by a scheduler: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Scaling, ..fine() },
            "the change behind this was made by a scaling service: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Service, ..fine() },
            "the change behind this was made by an AWS service: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Security, ..fine() },
            "the change behind this was made by a security response: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Unknown, ..fine() },
            "nobody knows who stopped the instance: it may be what somebody wants",
        ),
        (
            Facts { changed_by: ActorKind::Pipeline, ..fine() },
            "a deployment pipeline stopped the instance: it may be what somebody wants",
        ),
        (
            Facts { habit: Some(true), ..fine() },
            "the same change comes at about the same time of other days: it may be what somebody wants",
        ),
        (
            Facts { habit: None, ..fine() },
            "whether the same change comes at about the same time of other days is unknown",
        ),
        (
            Facts { scheduled: true, ..fine() },
            "a tag says that the target is started and stopped by a schedule, an Auto Scaling group, a fleet or Spot",
        ),
        (Facts { open_findings: Some(1), ..fine() }, "Security Hub has 1 open finding about the target"),
        (
            Facts {
                open_findings: None,
                details: [("open_findings", "GetFindings: denied".to_owned())].into(),
                ..fine()
            },
            "the security findings about the target are unknown (GetFindings: denied)",
        ),
    ]
}

#[test]
fn judge_each_asking_fact_asks_in_its_own_words_and_an_approval_lifts_it() {
    for (facts, because) in asking() {
        let judgement = GUARD.judge(&plan(2), &facts, None, sample::at());
        assert_eq!(judgement.verdict().decision, Decision::Ask, "{facts:?}");
        assert_eq!(judgement.verdict().because(), because);
        assert_eq!(decision(2, &facts, true), Decision::Allow, "{facts:?}");
    }
}

#[test]
fn judge_wide_actions_are_not_asked_about_where_nobodys_customers_are() {
    for environment in [Environment::Staging, Environment::Development] {
        let facts = Facts { environment, resources_touched: Some(50), dependants: None, ..fine() };
        assert_eq!(decision(2, &facts, false), Decision::Allow, "{environment:?}");
    }
}

#[test]
fn judge_deny_does_not_name_what_an_approval_would_lift() {
    let facts = Facts { incident_open: false, confidence_percent: 10, ..fine() };
    let judgement = GUARD.judge(&plan(3), &facts, None, sample::at());
    let ids: Vec<_> = judgement.verdict().policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!(ids, ["incident-has-ended"]);
}

#[test]
fn judge_policy_of_the_teams_own_that_asks_is_told_in_its_own_words() {
    let own = "@id(\"no-friday\") @why(\"On Fridays we look first.\") forbid (principal, action, resource) \
               unless { context.approved };";
    let guard =
        Guard { policies: Policies::with_forbid(own), catalogue: crate::Catalogue::shipped().unwrap() };
    let judgement = guard.judge(&plan(2), &fine(), None, sample::at());
    assert_eq!(judgement.verdict().decision, Decision::Ask);
    assert_eq!(judgement.verdict().because(), "on Fridays we look first");
}
