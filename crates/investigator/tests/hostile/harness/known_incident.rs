//! Builds the incident that every investigation of these tests is about.

use std::collections::BTreeMap;

use common::{
    ActionId, Arn, Evidence, FailureMode, Gap, Hypothesis, Incident, Observation, Observed, SymptomState,
    diagnosis::RuledOut,
    evidence::{Change, ReadSource},
    findings::{LogTemplate, MetricDigest},
    model::ToolDefinition,
};
use fakes::sample;
use investigator::{Brief, RunbookMatch, RunbookSource};

pub(crate) const FENCE: &str = "kP3vX9mQ2tR7wZ5yB8nL";

/// Never to be seen in a request.
pub(crate) const SECRETS: [&str; 4] =
    ["hunter2hunter2", "AKIAIOSFODNN7EXAMPLE", "sk_live_abcdefghijklmnop", "eyJhbGciOiJIUzI1NiJ9"];

/// Owns an incident and all that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct KnownIncident {
    pub(crate) incident: Incident,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) hypotheses: Vec<Hypothesis>,
    pub(crate) ruled_out: Vec<RuledOut>,
    pub(crate) components: Vec<Arn>,
    pub(crate) actions: Vec<ActionId>,
    pub(crate) runbooks: Vec<RunbookMatch>,
    pub(crate) steering: Option<String>,
    pub(crate) team_tools: Vec<ToolDefinition>,
    pub(crate) fence: String,
}

pub(crate) fn evidence(query: &str, observed: Observed) -> Evidence {
    Evidence::new(query.to_owned(), sample::at(), "summary".to_owned(), observed)
}

impl KnownIncident {
    pub(crate) fn usual() -> Self {
        let function = sample::arn("lambda", "function:checkout");
        let alias = sample::arn("lambda", "function:checkout:live");
        let table = sample::arn("dynamodb", "table/orders");
        let observation = Observation {
            state: SymptomState::Firing,
            summary: "ALARM: 5 errors, threshold 1".to_owned(),
            since: Some(sample::at()),
            excess: Some(4.0),
            measured_from: None,
        };
        let change = Change {
            event_id: "e-1".to_owned(),
            event_name: "UpdateAlias".to_owned(),
            at: sample::at(),
            actor: "arn:aws:iam::123456789012:user/jane".to_owned(),
            by_nightshift: false,
            actor_kind: common::ActorKind::Person,
            resource: alias.clone(),
            request: BTreeMap::from([("functionVersion".to_owned(), "8".to_owned())]),
        };
        let template = |text: &str| LogTemplate { template: text.to_owned(), baseline: 0, incident: 40 };
        let series = MetricDigest {
            resource: Some(function.clone()),
            metric: "Errors".to_owned(),
            statistic: "Sum".to_owned(),
            baseline_samples: 60,
            incident_samples: 10,
            baseline: Some(0.0),
            incident: Some(12.0),
            last: Some(14.0),
            deviations: Some(9.5),
            sparkline: String::new(),
            within_usual: false,
        };
        let change = evidence("aws cloudtrail lookup-events", Observed::Change { change });
        Self {
            incident: sample::incident(),
            evidence: vec![
                evidence("aws cloudwatch describe-alarms", Observed::Symptom { observation }),
                change.clone(),
                evidence(
                    "aws logs filter-log-events",
                    Observed::Logs {
                        function: function.clone(),
                        baseline_lines: 200,
                        incident_lines: 260,
                        truncated: false,
                        templates: vec![
                            template("KeyError: 'prices'"),
                            template(&format!("login with password: {} of jane", SECRETS[0])),
                            template(&format!("key {} was refused", SECRETS[1])),
                        ],
                    },
                ),
                evidence(
                    "aws cloudwatch get-metric-data",
                    Observed::Metrics {
                        from: sample::at(),
                        incident_from: sample::at(),
                        to: sample::at(),
                        period_seconds: 60,
                        series: vec![series],
                    },
                ),
            ],
            gaps: vec![Gap::new(ReadSource::Traces, "aws xray get-service-graph", "denied")],
            hypotheses: vec![Hypothesis {
                component: alias.clone(),
                failure_mode: FailureMode::BadDeployment,
                cause: "version 8 of checkout fails".to_owned(),
                confidence: 0.62,
                origin: "lambda-alias-moved@2".parse().unwrap(),
                supports: vec![change.id],
                contradicts: Vec::new(),
                proposal: None,
                raised_by: None,
                raised_by_untrusted: false,
                causality: None,
            }],
            ruled_out: vec![RuledOut {
                component: table.clone(),
                by: "engine@3".parse().unwrap(),
                why: "as usual".to_owned(),
            }],
            components: vec![alias, function, table],
            actions: vec!["rollback-lambda-alias".parse().unwrap(), "restore-parameter".parse().unwrap()],
            runbooks: vec![RunbookMatch {
                source: RunbookSource::Library,
                id: "lambda-alias-broken-version".to_owned(),
                title: "A version that fails".to_owned(),
                applies: "errors begin with a moved alias".to_owned(),
                body: "## What to do now\nMove the alias back.".to_owned(),
                score: Some(3.2),
            }],
            steering: Some("Payments matter most.".to_owned()),
            team_tools: Vec::new(),
            fence: FENCE.to_owned(),
        }
    }

    pub(crate) fn brief(&self) -> Brief<'_> {
        Brief {
            incident: &self.incident,
            attempt: 1,
            evidence: &self.evidence,
            gaps: &self.gaps,
            hypotheses: &self.hypotheses,
            ruled_out: &self.ruled_out,
            components: &self.components,
            actions: &self.actions,
            runbooks: &self.runbooks,
            steering: self.steering.as_deref(),
            team_tools: &self.team_tools,
            fence: &self.fence,
        }
    }
}
