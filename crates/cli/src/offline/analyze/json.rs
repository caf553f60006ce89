//! A line of the answer for programs; its form is a contract with what scores it.

use jiff::Timestamp;
use rca::{Findings, Hypothesis, UnobservedCallee, Verdict};
use serde::Serialize;

use super::Analyzed;

#[derive(Serialize)]
struct Line<'a> {
    scenario: &'a str,
    verdict: &'static str,
    /// The reason, where there is no root cause.
    why: Option<&'a str>,
    onset: Option<Timestamp>,
    /// Best first, one a component.
    root_causes: Vec<RootCause<'a>>,
    ruled_out: Vec<RuledOut<'a>>,
    triggers: Vec<Trigger<'a>>,
    gaps: &'a [String],
    /// Milliseconds of the analysis alone.
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct RootCause<'a> {
    component: &'a str,
    score: f64,
    failure_mode: &'static str,
    confidence: f64,
    evidence: Vec<String>,
    contradicts: Vec<String>,
}

#[derive(Serialize)]
struct RuledOut<'a> {
    component: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct Trigger<'a> {
    /// The change's id.
    change: &'a str,
    score: f64,
    why: &'a str,
}

pub(super) fn line(analyzed: &Analyzed) -> String {
    let Analyzed { scenario, findings, elapsed } = analyzed;
    let triggers = findings.triggers.iter().filter_map(|trigger| {
        let change = scenario.incident.changes.get(trigger.change)?;
        Some(Trigger { change: &change.id, score: trigger.score, why: &trigger.why })
    });
    let line = Line {
        scenario: &scenario.name,
        verdict: findings.verdict.as_str(),
        why: why(findings),
        onset: findings.onset,
        root_causes: root_causes(findings),
        ruled_out: findings
            .excluded()
            .map(|one| RuledOut { component: &one.component, why: &one.why })
            .collect(),
        triggers: triggers.collect(),
        gaps: &findings.gaps,
        elapsed_ms: elapsed.as_secs_f64() * 1e3,
    };
    // Plain data always has a JSON form.
    serde_json::to_string(&line).unwrap_or_default()
}

fn root_causes(findings: &Findings) -> Vec<RootCause<'_>> {
    let hypotheses = findings.hypotheses.iter().map(root_cause);
    let mut causes: Vec<_> = hypotheses.chain(findings.unobserved.iter().map(unobserved)).collect();
    causes.sort_by(|one, other| other.score.total_cmp(&one.score));
    causes
}

fn unobserved(callee: &UnobservedCallee) -> RootCause<'_> {
    RootCause {
        component: &callee.component,
        score: callee.score,
        failure_mode: common::FailureMode::Unknown.as_str(),
        // How often one of these is right is not known.
        confidence: 0.0,
        evidence: vec![callee.to_string()],
        contradicts: Vec::new(),
    }
}

pub(super) fn why(findings: &Findings) -> Option<&str> {
    match &findings.verdict {
        Verdict::RootCause => None,
        Verdict::Healthy { why } | Verdict::Abstain { why } => Some(why),
    }
}

fn root_cause(hypothesis: &Hypothesis) -> RootCause<'_> {
    let told = |observations: &[rca::EvidenceItem]| observations.iter().map(ToString::to_string).collect();
    RootCause {
        component: &hypothesis.component,
        score: hypothesis.score,
        failure_mode: hypothesis.failure_mode.as_str(),
        confidence: hypothesis.confidence,
        evidence: told(&hypothesis.supports),
        contradicts: told(&hypothesis.contradicts),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::offline::analyze::tests::analyzed;

    #[test]
    fn line_is_the_contract() {
        let line: Value = serde_json::from_str(&super::line(&analyzed())).unwrap();
        let evidence = [
            "latency (Average) rose from 0.1 to 0.3, 7.0 standard deviations above its baseline, since 2026-11-20 \
             02:51:00Z",
            "change e-1 was made to it shortly before",
        ];
        let unobserved = json!({
            "component": "mail", "score": 0.75, "failure_mode": "unknown", "confidence": 0.0,
            "evidence": ["mail: checkout calls it, and nothing that was measured would show that it or the way to it fails"],
            "contradicts": [],
        });
        let root_cause = |component: &str, score: f64| {
            json!({
                "component": component, "score": score, "failure_mode": "bad_configuration",
                "confidence": 0.875, "evidence": evidence,
                "contradicts": ["no call path leads from the symptom to it"],
            })
        };
        let expected = json!({
            "scenario": "shop/slow",
            "verdict": "root_cause",
            "why": null,
            "onset": "2026-11-20T02:52:00Z",
            "root_causes": [root_cause("checkout", 2.5), unobserved, root_cause("web\u{1b}[2J", 0.5)],
            "ruled_out": [{"component": "db", "why": "nothing of it moved"}],
            "triggers": [{"change": "e-1", "score": 0.9, "why": "it names checkout"}],
            "gaps": ["no call graph"],
            "elapsed_ms": 1.234,
        });
        assert_eq!(line, expected);
    }
}
