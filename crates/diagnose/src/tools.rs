//! The model's tools: the same looks at the account, one component at a time. All of them read.

use std::cell::Cell;

use common::{
    Arn, Clock, Evidence, Observed, Provider, Signal,
    findings::LogTemplate,
    ports::{Changes, Logs, Look, Metrics, Providers, Resources, TeamTools},
    secrets::masked,
};
use investigator::{ToolAnswer, Tools};
use knowledge::{Library, Query};
use rca::log_diff;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Account, ContextPorts, TelemetryPorts,
    context::{self, budget::Allowance},
    gather::{Gathered, patient},
    states::describe,
    telemetry::MOST_LINES,
};
use reasoning::{
    evidence::call_graph::is_in_scope,
    evidence::evidence_window::{BASELINE, EvidenceWindow, before},
    evidence::metric_digest::observed_metrics,
    evidence::text::{VALUE_CHARS, one_line},
};

/// Most changes of one component, and most templates of one function, that one answer holds.
const MOST_FOUND: usize = 20;

/// The tools of one investigation.
pub(crate) struct AccountTools<'a, Y, A, T, H, R, E, X, C> {
    pub(crate) account: &'a Account<Y, A, T, H, R, E, X>,
    pub(crate) clock: &'a C,
    pub(crate) signal: &'a Signal,
    pub(crate) window: EvidenceWindow,
    pub(crate) library: &'a Library,
    /// What was gathered before the model was asked.
    pub(crate) evidence: &'a [Evidence],
    /// What gathering left of the budget.
    pub(crate) allowance: Cell<Allowance>,
}

/// Inputs have no other fields; the investigator has checked that a component is one of the incident's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    component: Arn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    provider: Provider,
    component: Arn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    id: String,
}

impl<Y, A, T, H, R, X, M, L, P, D, K, W, C> Tools
    for AccountTools<'_, Y, A, T, H, R, TelemetryPorts<X, M, L>, ContextPorts<P, D, K, W>, C>
where
    H: Changes,
    R: Resources,
    M: Metrics,
    L: Logs,
    P: Providers,
    W: TeamTools,
    C: Clock,
{
    async fn call(&self, name: &str, input: &Value) -> ToolAnswer {
        let mut gathered = Gathered::default();
        let answer = self.look(name, input, &mut gathered).await;
        let gaps =
            gathered.gaps.iter().map(|gap| format!("could not be read: {} ({})", gap.query, gap.reason));
        match answer {
            Ok(text) => ToolAnswer {
                text: text.into_iter().chain(gaps).collect::<Vec<_>>().join("\n"),
                failed: gathered.evidence.is_empty() && !gathered.gaps.is_empty(),
                evidence: gathered.evidence,
            },
            Err(why) => ToolAnswer { text: why, failed: true, evidence: Vec::new() },
        }
    }
}

impl<Y, A, T, H, R, X, M, L, P, D, K, W, C>
    AccountTools<'_, Y, A, T, H, R, TelemetryPorts<X, M, L>, ContextPorts<P, D, K, W>, C>
where
    H: Changes,
    R: Resources,
    M: Metrics,
    L: Logs,
    P: Providers,
    W: TeamTools,
    C: Clock,
{
    /// What a tool says beside the evidence that it gathers, or what is wrong with its input.
    async fn look(
        &self,
        name: &str,
        input: &Value,
        gathered: &mut Gathered,
    ) -> Result<Option<String>, String> {
        match name {
            "read_metrics" => self.metrics(&self.component(input)?, gathered).await,
            "read_logs" => self.logs(&self.component(input)?, gathered).await?,
            "read_changes" => self.changes(&self.component(input)?, gathered).await,
            "read_state" => self.state(&self.component(input)?, gathered).await,
            "ask_provider" => {
                let Asking { provider, component } = read(input)?;
                self.provider(provider, &self.near(component)?, gathered).await;
            }
            "past_incidents" => return Ok(Some(self.past_incidents())),
            "search_runbooks" => {
                let Text { text } = read(input)?;
                return Ok(Some(self.runbooks(text)));
            }
            "read_runbook" => {
                let Id { id } = read(input)?;
                let runbook = self.library.get(&id).ok_or("there is no runbook of this id")?;
                return Ok(Some(format!("{}\n{}\n{}", runbook.title, runbook.applies, runbook.body)));
            }
            team => self.team(team, input, gathered).await,
        }
        Ok(None)
    }

    fn component(&self, input: &Value) -> Result<Arn, String> {
        let Component { component } = read(input)?;
        self.near(component)
    }

    /// Whatever the investigator lets through: no other account or region is looked at.
    fn near(&self, component: Arn) -> Result<Arn, String> {
        if is_in_scope(&component, self.signal) {
            Ok(component)
        } else {
            Err("it is of another account or region".to_owned())
        }
    }

    async fn metrics(&self, component: &Arn, gathered: &mut Gathered) {
        let look = self.account.telemetry.metrics.series(
            std::slice::from_ref(component),
            None,
            self.window.sampling,
        );
        if let Some(Look { query, found }) = gathered.found(patient("reading metrics", look).await) {
            let summary = format!("{} metrics of {} had values", found.len(), component.name());
            gathered.add(self.clock.now(), &query, &summary, observed_metrics(&found, &self.window));
        }
    }

    async fn logs(&self, component: &Arn, gathered: &mut Gathered) -> Result<(), String> {
        let function = component.function().ok_or("only functions have logs that can be read")?;
        let logs = &self.account.telemetry.logs;
        let read =
            async |(from, to)| patient("reading logs", logs.lines(&function, from, to, MOST_LINES)).await;
        let (baseline, incident) =
            tokio::join!(read(self.window.baseline_logs()), read(self.window.incident_logs()));
        let (Some(baseline), Some(incident)) = (gathered.found(baseline), gathered.found(incident)) else {
            return Ok(());
        };
        let changed =
            log_diff::diff(&baseline.found.lines, &incident.found.lines, log_diff::Windows::default());
        let templates: Vec<LogTemplate> = changed
            .into_iter()
            .take(MOST_FOUND)
            .map(|one| LogTemplate {
                template: one_line(&masked(&one.template), VALUE_CHARS),
                baseline: one.baseline,
                incident: one.incident,
            })
            .collect();
        let summary = format!("{} kinds of line of {} changed", templates.len(), function.name());
        let count = |lines: usize| u64::try_from(lines).unwrap_or(u64::MAX);
        let observed = Observed::Logs {
            baseline_lines: count(baseline.found.lines.len()),
            incident_lines: count(incident.found.lines.len()),
            truncated: baseline.found.truncated || incident.found.truncated,
            function,
            templates,
        };
        gathered.add(
            self.clock.now(),
            &format!("{}; {}", baseline.query, incident.query),
            &summary,
            observed,
        );
        Ok(())
    }

    async fn changes(&self, component: &Arn, gathered: &mut Gathered) {
        let now = self.clock.now();
        let look = self.account.changes.changes(
            std::slice::from_ref(component),
            before(self.window.incident_from, BASELINE),
            now,
        );
        if let Some(Look { query, found }) = gathered.found(patient("reading changes", look).await) {
            for change in found.into_iter().take(MOST_FOUND) {
                let actor = one_line(&change.actor, VALUE_CHARS);
                let summary = format!(
                    "{} on {} by {actor} at {}",
                    change.event_name,
                    change.resource.name(),
                    change.at
                );
                gathered.add(now, &query, &summary, Observed::Change { change });
            }
        }
    }

    async fn state(&self, component: &Arn, gathered: &mut Gathered) {
        match patient("reading a state", self.account.resources.state(component, &[])).await {
            Ok(Some(Look { query, found })) => {
                let summary = describe(component, &found);
                gathered.add(self.clock.now(), &query, &summary, found);
            }
            // No reader of its own: Cloud Control may have one.
            Ok(None) => self.provider(Provider::ResourceState, component, gathered).await,
            Err(error) => gathered.gap(&error.operation, &format!("{error}: {}", error.source)),
        }
    }

    async fn provider(&self, provider: Provider, component: &Arn, gathered: &mut Gathered) {
        let scope =
            context::scope(self.signal, &self.window, std::slice::from_ref(component), &self.allowance.get());
        let providers = &self.account.context.providers;
        gathered.append(context::ask_one(providers, self.clock, provider, &scope, &self.allowance).await);
    }

    fn past_incidents(&self) -> String {
        let told = self.evidence.iter().filter_map(|one| match &one.observed {
            Observed::Precedents { precedents } if !precedents.is_empty() => Some(one.id.to_string()),
            _ => None,
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() {
            "no earlier incident is like this one".to_owned()
        } else {
            format!("earlier incidents like this one are in {}", told.join(", "))
        }
    }

    fn runbooks(&self, text: String) -> String {
        let hits = self.library.search(&Query { text, ..Query::default() });
        let lines: Vec<String> = hits
            .into_iter()
            .take(MOST_FOUND)
            .map(|hit| format!("{}: {} ({})", hit.runbook.id, hit.runbook.title, hit.runbook.applies))
            .collect();
        if lines.is_empty() { "no runbook answers to this".to_owned() } else { lines.join("\n") }
    }

    async fn team(&self, tool: &str, input: &Value, gathered: &mut Gathered) {
        let answer =
            patient("asking a tool of the team's", self.account.context.team_tools.call(tool, input));
        match answer.await {
            Ok(text) => {
                let query = one_line(&masked(&format!("{tool} {input}")), VALUE_CHARS);
                let summary = format!("{tool} answered {} characters", text.chars().count());
                let observed = Observed::TeamTool { tool: tool.to_owned(), text: masked(&text) };
                gathered.add(self.clock.now(), &query, &summary, observed);
            }
            Err(error) => gathered.gap(&error.operation, &format!("{error}: {}", error.source)),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(input: &Value) -> Result<T, String> {
    T::deserialize(input).map_err(|error| error.to_string())
}
