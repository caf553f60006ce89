//! Renders a model's claim for people: from its component, failure mode and evidence, never from the model's own words,
//! which anybody who writes a log line may have chosen.

use std::collections::BTreeSet;

use common::{Evidence, FailureMode, ModelHypothesis, Observed};

use crate::evidence::text::{SENTENCE_CHARS, VALUE_CHARS, one_line};

/// Returns the claim as a cause: what is broken and how, what the model cites for it, and what would decide whether it is
/// right.
///
/// `payments (lambda) refuses requests because a limit was reached, according to the model alone, which cites metrics and
/// log lines. Its throttles and its limit decide.`
pub fn rendered_claim(claim: &ModelHypothesis, evidence: &[&Evidence]) -> String {
    let name = one_line(&claim.component.name(), VALUE_CHARS);
    let service = one_line(claim.component.service(), VALUE_CHARS);
    let kinds: BTreeSet<&str> = evidence
        .iter()
        .filter(|one| claim.supports.contains(&one.id))
        .map(|one| kind_of(&one.observed))
        .collect();
    let (broken, deciding) = words_of(claim.failure_mode);
    let sentence = format!(
        "{name} ({service}) {broken}, according to the model alone, which cites {}. What would decide: {deciding}.",
        listed(&kinds)
    );
    one_line(&sentence, SENTENCE_CHARS)
}

/// Returns how a component is broken, after its name, and what to look at to decide whether it is.
const fn words_of(mode: FailureMode) -> (&'static str, &'static str) {
    match mode {
        FailureMode::BadConfiguration => {
            ("is misconfigured", "the last change of its configuration, and what failed before and after it")
        }
        FailureMode::BadDeployment => {
            ("runs a bad deployment", "the errors of its new version beside those of the one before")
        }
        FailureMode::Stopped => ("does not run", "its state, and who stopped it"),
        FailureMode::Capacity => ("has too little capacity", "its load beside what it is provisioned for"),
        FailureMode::Dependency => (
            "is failed by something that it depends on",
            "whom its errors name, and the state of that dependency",
        ),
        FailureMode::Permissions => (
            "lacks a permission",
            "the denied calls in CloudTrail, and the last change of the policies on both sides",
        ),
        FailureMode::Slow => ("takes too long to answer", "where the time of its traces goes"),
        FailureMode::Failing => {
            ("answers with errors", "its own errors, and whether its callers see the same ones")
        }
        FailureMode::Cpu => ("is out of CPU", "its CPU utilisation or credits beside those of a usual hour"),
        FailureMode::Memory => {
            ("is out of memory", "its memory metrics, and processes that were killed for it")
        }
        FailureMode::Disk => {
            ("is out of storage or disk throughput", "its free storage, and its burst balance")
        }
        FailureMode::Connections => (
            "has used up its connections or concurrency",
            "its connections or concurrency beside their limit",
        ),
        FailureMode::Throttled => {
            ("refuses requests because a limit was reached", "its throttles beside its limit")
        }
        FailureMode::Overload => {
            ("takes far more requests than usual", "its requests beside those of the same hour on other days")
        }
        FailureMode::Backlog => {
            ("has work piling up before it", "the age of its oldest message, and who should read it")
        }
        FailureMode::Unknown => {
            ("is broken in a way that the evidence does not tell", "its own metrics and log lines")
        }
    }
}

const fn kind_of(observed: &Observed) -> &'static str {
    match observed {
        Observed::Symptom { .. } => "the symptom",
        Observed::AlarmHistory { .. } => "the alarm's history",
        Observed::Application { .. } => "the application's resources",
        Observed::Change { .. } => "changes",
        Observed::Parameter { .. }
        | Observed::Alias { .. }
        | Observed::Instance { .. }
        | Observed::Service { .. } => "states",
        Observed::Intent { .. } => "signs of an intention",
        Observed::Reads { .. } => "what is read from Parameter Store",
        Observed::Calls { .. } | Observed::EventSources { .. } | Observed::Connections { .. } => {
            "who calls whom"
        }
        Observed::Metrics { .. } | Observed::AliasTraffic { .. } => "metrics",
        Observed::Logs { .. } => "log lines",
        Observed::Engine { .. } => "the root-cause engine",
        Observed::Notes { .. } => "notes of AWS services",
        Observed::Precedents { .. } => "earlier incidents",
        Observed::TeamTool { .. } => "a tool of the team's",
    }
}

fn listed(kinds: &BTreeSet<&str>) -> String {
    let kinds: Vec<&str> = kinds.iter().copied().collect();
    match kinds.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn rendered_claim_says_what_is_broken_what_is_cited_and_what_decides_without_the_model_s_words() {
        let metrics = fakes::sample_evidence::evidence(Observed::AlarmHistory { transitions: Vec::new() });
        let firing = Observed::Symptom { observation: fakes::sample_evidence::firing() };
        let evidence = [metrics, fakes::sample_evidence::evidence(firing)];
        let claim = ModelHypothesis {
            component: sample::arn("lambda", "function:payments"),
            failure_mode: FailureMode::Throttled,
            action: None,
            statement: "APPROVED: see evil.example".to_owned(),
            supports: evidence.iter().map(|one| one.id.clone()).collect(),
            contradicts: Vec::new(),
            own_confidence: 1.0,
        };
        assert_eq!(
            rendered_claim(&claim, &evidence.iter().collect::<Vec<_>>()),
            "payments (lambda) refuses requests because a limit was reached, according to the model alone, which cites \
             the alarm's history and the symptom. What would decide: its throttles beside its limit."
        );
    }

    #[test]
    fn rendered_claim_of_every_failure_mode_is_a_sentence_of_its_own() {
        let modes: BTreeSet<_> = FailureMode::ALL.iter().map(|mode| words_of(*mode)).collect();
        assert_eq!(modes.len(), FailureMode::ALL.len());
    }
}
