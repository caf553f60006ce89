//! Runs the model's tools: the same reads of the account, one component at a time. All of them read.

use std::cell::Cell;

use common::{
    Arn, Clock, ContextSource, Evidence, Observed, Signal,
    evidence::ReadSource,
    findings::LogTemplate,
    ports::{Changes, Logs, Metrics, Reading, Resources, TeamTools},
    secrets::masked,
};
use investigator::{ReadOnlyTools, ToolAnswer};
use knowledge::{Library, Query};
use rca::log_diff;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Account,
    collect::{
        collected_evidence::CollectedEvidence,
        context::{self, budget::Allowance},
        resource_states::describe,
        telemetry::MOST_LINES,
        timeout::with_timeout,
    },
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
pub(crate) struct AccountTools<'a, Account, Clock> {
    pub(crate) account: &'a Account,
    pub(crate) clock: &'a Clock,
    pub(crate) signal: &'a Signal,
    pub(crate) window: EvidenceWindow,
    pub(crate) library: &'a Library,
    /// The evidence that was collected before the model was asked.
    pub(crate) evidence: &'a [Evidence],
    /// The rest of the budget after collecting.
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
struct ContextSourceInput {
    provider: ContextSource,
    component: Arn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextInput {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdInput {
    id: String,
}

impl<A: Account, C: Clock> ReadOnlyTools for AccountTools<'_, A, C> {
    async fn call(&self, name: &str, input: &Value) -> ToolAnswer {
        let mut collected = CollectedEvidence::default();
        let answer = self.collect_for_tool(name, input, &mut collected).await;
        let gaps =
            collected.gaps.iter().map(|gap| format!("could not be read: {} ({})", gap.operation, gap.reason));
        match answer {
            Ok(text) => ToolAnswer {
                text: text.into_iter().chain(gaps).collect::<Vec<_>>().join("\n"),
                failed: collected.evidence.is_empty() && !collected.gaps.is_empty(),
                evidence: collected.evidence.into_iter().map(|one| self.filed_apart(one)).collect(),
            },
            Err(why) => ToolAnswer { text: why, failed: true, evidence: Vec::new() },
        }
    }
}

impl<A: Account, C: Clock> AccountTools<'_, A, C> {
    /// Collects the evidence that a tool reads and returns what it says beside, or what is wrong with its input.
    async fn collect_for_tool(
        &self,
        name: &str,
        input: &Value,
        collected: &mut CollectedEvidence,
    ) -> Result<Option<String>, String> {
        match name {
            "read_metrics" => self.observed_metrics(&self.component(input)?, collected).await,
            "read_logs" => self.logs(&self.component(input)?, collected).await?,
            "read_changes" => self.changes(&self.component(input)?, collected).await,
            "read_state" => self.state(&self.component(input)?, collected).await,
            "ask_provider" => {
                let ContextSourceInput { provider, component } = parse(input)?;
                self.provider(provider, &self.near(component)?, collected).await;
            }
            "past_incidents" => return Ok(Some(self.past_incidents())),
            "search_runbooks" => {
                let TextInput { text } = parse(input)?;
                return Ok(Some(self.runbooks(text)));
            }
            "read_runbook" => {
                let IdInput { id } = parse(input)?;
                let runbook = self.library.get(&id).ok_or("there is no runbook of this id")?;
                return Ok(Some(format!("{}\n{}\n{}", runbook.title, runbook.applies, runbook.body)));
            }
            team => self.team(team, input, collected).await,
        }
        Ok(None)
    }

    /// Files a reading apart as the model's, unless Nightshift itself has read the same already.
    fn filed_apart(&self, reading: Evidence) -> Evidence {
        let known = self.evidence.iter().any(|one| one.id == reading.id);
        if known { reading } else { reading.chosen_by_model() }
    }

    fn component(&self, input: &Value) -> Result<Arn, String> {
        let Component { component } = parse(input)?;
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

    async fn observed_metrics(&self, component: &Arn, collected: &mut CollectedEvidence) {
        let read = self.account.metrics().series(std::slice::from_ref(component), None, self.window.sampling);
        if let Some(Reading { command, value: found, .. }) =
            collected.accept(with_timeout(ReadSource::Metrics, read).await)
        {
            let summary = format!("{} metrics of {} had values", found.len(), component.name());
            collected.add(self.clock.now(), &command, &summary, observed_metrics(&found, &self.window));
        }
    }

    async fn logs(&self, component: &Arn, collected: &mut CollectedEvidence) -> Result<(), String> {
        let function = component.function().ok_or("only functions have logs that can be read")?;
        let logs = self.account.logs();
        let read = async |(from, to)| {
            with_timeout(ReadSource::Logs, logs.lines(&function, from, to, MOST_LINES)).await
        };
        let (baseline, incident) =
            tokio::join!(read(self.window.baseline_logs()), read(self.window.incident_logs()));
        let (Some(baseline), Some(incident)) = (collected.accept(baseline), collected.accept(incident))
        else {
            return Ok(());
        };
        let changed =
            log_diff::diff(&baseline.value.lines, &incident.value.lines, log_diff::Windows::default());
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
            baseline_lines: count(baseline.value.lines.len()),
            incident_lines: count(incident.value.lines.len()),
            truncated: baseline.value.truncated || incident.value.truncated,
            function,
            templates,
        };
        collected.add(
            self.clock.now(),
            &format!("{}; {}", baseline.command, incident.command),
            &summary,
            observed,
        );
        Ok(())
    }

    async fn changes(&self, component: &Arn, collected: &mut CollectedEvidence) {
        let now = self.clock.now();
        let read = self.account.changes().changes(
            std::slice::from_ref(component),
            before(self.window.incident_from, BASELINE),
            now,
        );
        if let Some(Reading { command, value: found, truncation }) =
            collected.accept(with_timeout(ReadSource::Changes, read).await)
        {
            for change in found.into_iter().take(MOST_FOUND) {
                let actor = one_line(&change.actor, VALUE_CHARS);
                let summary = format!(
                    "{} on {} by {actor} at {}",
                    change.event_name,
                    change.resource.name(),
                    change.at
                );
                collected.add_part(now, &command, truncation.clone(), &summary, Observed::Change { change });
            }
        }
    }

    async fn state(&self, component: &Arn, collected: &mut CollectedEvidence) {
        match with_timeout(ReadSource::ResourceState, self.account.resources().state(component, &[])).await {
            Ok(Some(Reading { command, value: found, .. })) => {
                let summary = describe(component, &found);
                collected.add(self.clock.now(), &command, &summary, found);
            }
            // No reader of its own: Cloud Control may have one.
            Ok(None) => self.provider(ContextSource::ResourceState, component, collected).await,
            Err(gap) => collected.gaps.push(gap),
        }
    }

    async fn provider(&self, provider: ContextSource, component: &Arn, collected: &mut CollectedEvidence) {
        let scope =
            context::scope(self.signal, &self.window, std::slice::from_ref(component), &self.allowance.get());
        let providers = self.account.context();
        collected.append(context::ask_one(providers, self.clock, provider, &scope, &self.allowance).await);
    }

    fn past_incidents(&self) -> String {
        let precedents = self.evidence.iter().filter_map(|one| match &one.observed {
            Observed::Precedents { precedents } if !precedents.is_empty() => Some(one.id.to_string()),
            _ => None,
        });
        let precedents: Vec<String> = precedents.collect();
        if precedents.is_empty() {
            "no earlier incident is like this one".to_owned()
        } else {
            format!("earlier incidents like this one are in {}", precedents.join(", "))
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

    async fn team(&self, tool: &str, input: &Value, collected: &mut CollectedEvidence) {
        let answer = self.account.team_tools().call(tool, input);
        match with_timeout(ReadSource::TeamTools, answer).await {
            Ok(text) => {
                let command = one_line(&masked(&format!("{tool} {input}")), VALUE_CHARS);
                let summary = format!("{tool} answered {} characters", text.chars().count());
                let observed = Observed::TeamTool { tool: tool.to_owned(), text: masked(&text) };
                collected.add(self.clock.now(), &command, &summary, observed);
            }
            Err(gap) => collected.gaps.push(gap),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(input: &Value) -> Result<T, String> {
    T::deserialize(input).map_err(|error| error.to_string())
}
