//! Renders the policies that ask as conditions that a plan's facts do not meet, with what was found.

use common::{
    ActorKind, ChangeCalendar, Plan, UnmetCondition, autonomy::UNATTENDED_CONFIDENCE_PERCENT,
    verdict::DeterminingPolicy,
};

use crate::{Facts, facts::breaker::Breaker};

/// Returns a condition for each policy that asks. It describes the policies' answer and is no part of it: a policy
/// that is not known here is rendered by its own `@why`.
pub(crate) fn unmet(plan: &Plan, facts: &Facts, asking: &[DeterminingPolicy]) -> Vec<UnmetCondition> {
    let mut unmet: Vec<_> = asking.iter().map(|policy| condition(plan, facts, policy)).collect();
    // The conditions that say most first: how the deployment is set, then the rest in the policies' order.
    unmet.sort_by_key(|condition| matches!(condition, UnmetCondition::Policy { .. }));
    unmet
}

fn condition(plan: &Plan, facts: &Facts, policy: &DeterminingPolicy) -> UnmetCondition {
    match policy.id.as_str() {
        "supervised-mode" => UnmetCondition::ModeIsSupervised,
        "tier-3" => UnmetCondition::Tier3NeedsApproval { action: plan.action.clone() },
        "confidence-below-threshold" => UnmetCondition::ConfidenceBelowThreshold {
            confidence_percent: facts.confidence_percent,
            threshold_percent: i64::from(UNATTENDED_CONFIDENCE_PERCENT),
        },
        "raised-by-model" => UnmetCondition::RaisedByModel,
        "drill" => UnmetCondition::Drill,
        "undo-needs-a-human" => UnmetCondition::UndoReturnsToFault,
        id => UnmetCondition::Policy {
            policy: id.to_owned(),
            because: found(id, plan, facts)
                .unwrap_or_else(|| uncapitalized(policy.why.trim_end_matches('.'))),
        },
    }
}

/// Returns the policy's reason with what was found; `None` where its own sentence says all.
fn found(policy: &str, plan: &Plan, facts: &Facts) -> Option<String> {
    let detail = |fact: &str| detail(facts, fact);
    let action = &plan.action;
    Some(match policy {
        "served-as-usual-since-change" => {
            format!("what was changed served as usual for a while after the change{}", detail("alibi"))
        }
        "rival-near" => format!("another cause is nearly as likely{}", detail("rival_margin_percent")),
        "symptom-not-measured" => match facts.symptom_measured {
            Some(_) => "the alarm is in ALARM and its newest datapoint is normal: it is recovering, or was set by hand".to_owned(),
            None => format!(
                "the alarm's newest datapoint cannot be compared with its threshold, so nothing confirms the alarm{}",
                detail("symptom_measured")
            ),
        },
        "change-calendar-closed" => match facts.change_calendar {
            ChangeCalendar::Unreadable => {
                format!(
                    "the change calendars could not be read, which counts as closed{}",
                    detail("change_calendar")
                )
            }
            _ => format!("a change calendar is closed{}", detail("change_calendar")),
        },
        "more-than-ten-percent-of-capacity" => match facts.capacity_share_percent {
            Some(share) => format!(
                "{action} takes {share} % of the service's capacity out of service or replaces it, and more than 10 % needs approval"
            ),
            None => format!(
                "the share of the service's capacity that {action} takes out of service is unknown{}",
                detail("capacity_share_percent")
            ),
        },
        "many-resources-touched" => match facts.resources_touched {
            Some(touched) => {
                format!("{action} touches {touched} resources, and more than 5 need approval in production")
            }
            None => format!(
                "the number of resources that {action} touches is unknown{}",
                detail("resources_touched")
            ),
        },
        "many-dependants" => match facts.dependants {
            Some(dependants) => {
                format!(
                    "{dependants} components depend on the target, and more than 20 need approval in production"
                )
            }
            None => format!(
                "the number of components that depend on the target is unknown{}",
                detail("dependants")
            ),
        },
        "other-incidents-open" => match facts.other_open_incidents {
            Some(open) => {
                format!("{open} other incidents of the application are open and may have the same cause")
            }
            None => format!(
                "the number of other open incidents of the application is unknown{}",
                detail("other_open_incidents")
            ),
        },
        _ => return found_in_history(policy, plan, facts),
    })
}

/// The same for the policies about what was done before, and by whom.
fn found_in_history(policy: &str, plan: &Plan, facts: &Facts) -> Option<String> {
    let detail = |fact: &str| detail(facts, fact);
    let action = &plan.action;
    Some(match policy {
        "account-budget-half-used" => format!(
            "{} % of the account's actions for an hour are used up; from 50 % on each one needs approval{}",
            facts.account_budget_percent,
            detail("account_budget_percent")
        ),
        "breaker-open" => match facts.breaker {
            Breaker::HalfOpen => format!(
                "{action} has not helped this application lately, and a run that was approved to find out is not verified yet{}",
                detail("breaker")
            ),
            _ => format!(
                "{action} has not helped this application lately{}; it may run unattended again if it helps this time, or after nightshift close-breaker",
                detail("breaker")
            ),
        },
        "repeated-on-target" => format!(
            "{action} already ran {} on this target within 24 hours{}",
            times(facts.same_action_on_target_today),
            detail("same_action_on_target_today")
        ),
        "changed-by-design" => format!(
            "the change behind this was made by {}{}: it may be what somebody wants",
            actor(facts.changed_by),
            detail("changed_by")
        ),
        "stopped-by-unknown" => {
            format!(
                "nobody knows who stopped the instance{}: it may be what somebody wants",
                detail("changed_by")
            )
        }
        "changed-by-habit" => format!(
            "the same change comes at about the same time of other days{}: it may be what somebody wants",
            detail("habit")
        ),
        "scheduled" => format!(
            "a tag says that the target is started and stopped by a schedule, an Auto Scaling group, a fleet or Spot{}",
            detail("scheduled")
        ),
        "security-finding-open" => match facts.open_findings {
            Some(open) => format!(
                "Security Hub has {open} open {} about the target{}",
                if open == 1 { "finding" } else { "findings" },
                detail("open_findings")
            ),
            None => format!("the security findings about the target are unknown{}", detail("open_findings")),
        },
        _ => return None,
    })
}

/// Explains a fact in brackets; empty where nothing more is known.
fn detail(facts: &Facts, fact: &str) -> String {
    facts.details.get(fact).map(|detail| format!(" ({detail})")).unwrap_or_default()
}

const fn actor(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Service => "an AWS service",
        ActorKind::Scaling => "a scaling service",
        ActorKind::Scheduler => "a scheduler",
        ActorKind::Security => "a security response",
        ActorKind::Pipeline => "a deployment pipeline",
        ActorKind::Person => "a person",
        ActorKind::Ourselves => "Nightshift",
        ActorKind::Unknown => "somebody unknown",
    }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Policies write sentences, and conditions are joined by semicolons.
fn uncapitalized(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let Some(first) = chars.next() else { return String::new() };
    // `CPU is …` keeps its capitals.
    let is_word = chars.clone().next().is_none_or(|second| second.is_lowercase() || second == ' ');
    if is_word { first.to_lowercase().chain(chars).collect() } else { sentence.to_owned() }
}
