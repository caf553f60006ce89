//! A recorded incident as a script sees it, and the forms of an answer.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use common::{
    Arn, Evidence, Hypothesis,
    model::{ContentBlock, ModelRequest, ModelResponse},
    ports::PortErrorKind,
};
use fakes::FakeModel;
use serde_json::{Value, json};
use simulation::{Expected, LookedAt, Recording, Report, Simulation, folders};

pub(crate) type Answer = Result<ModelResponse, PortErrorKind>;

/// An incident as a script may know it. Only the right one looks at the truth.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Its place among the scenarios.
    pub(crate) number: usize,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) hypotheses: Vec<Hypothesis>,
    pub(crate) resources: Vec<Arn>,
    pub(crate) truth: Expected,
}

type Answering = Box<dyn Fn(&Case, &ModelRequest) -> Answer + Send + Sync>;

/// The answers of one kind of model to one incident.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) answer: Answering,
}

/// A script that finds nothing in its lines of inquiry and answers the weighing with `diagnosis`.
pub(crate) fn weighing(
    name: &'static str,
    diagnosis: impl Fn(&Case, &Shown) -> Value + Send + Sync + 'static,
) -> Script {
    raw(name, move |case, request| {
        let shown = Shown::new(request);
        Ok(FakeModel::uses("submit_diagnosis", &diagnosis(case, &shown).to_string()))
    })
}

/// A script whose weighing answers as it likes.
pub(crate) fn raw(
    name: &'static str,
    weigh: impl Fn(&Case, &ModelRequest) -> Answer + Send + Sync + 'static,
) -> Script {
    let answer = move |case: &Case, request: &ModelRequest| {
        if is_weighing(request) { weigh(case, request) } else { Ok(nothing_found()) }
    };
    Script { name, answer: Box::new(answer) }
}

pub(crate) fn is_weighing(request: &ModelRequest) -> bool {
    request.tools.iter().any(|tool| tool.name == "submit_diagnosis")
}

fn nothing_found() -> ModelResponse {
    let report = json!({"found": "nothing", "finding": "Nothing.", "supports": [], "contradicts": []});
    FakeModel::uses("report_line", &report.to_string())
}

/// The text of a request, from which a model takes the ids that it may cite and name.
#[derive(Debug, Clone)]
pub(crate) struct Shown(String);

impl Shown {
    pub(crate) fn new(request: &ModelRequest) -> Self {
        let blocks = request.turns.iter().flat_map(|turn| &turn.content);
        let texts = blocks.map(|block| match block {
            ContentBlock::Text { text } | ContentBlock::ToolResult { text, .. } => text.as_str(),
            ContentBlock::UseTool { .. } => "",
        });
        Self(texts.collect::<Vec<_>>().join("\n"))
    }

    /// The shown evidence, as many as may be cited.
    pub(crate) fn cite<'a>(&self, evidence: impl IntoIterator<Item = &'a Evidence>) -> Vec<String> {
        let known = evidence.into_iter().map(|one| one.id.to_string());
        known.filter(|id| self.0.contains(&format!("[{id}]"))).take(12).collect()
    }

    /// The ids of everything that is shown, also of what a tool has read.
    pub(crate) fn ids(&self) -> Vec<String> {
        let parts = self.0.split('[').skip(1).filter_map(|part| part.split(']').next());
        let ids: BTreeSet<&str> = parts.filter(|id| id.starts_with("ev-")).collect();
        ids.into_iter().rev().take(12).map(str::to_owned).collect()
    }

    /// The short names of the components that may be named.
    pub(crate) fn components(&self) -> Vec<String> {
        let names = (1..=40).map(|number| format!("c{number}"));
        names.filter(|name| self.0.contains(&format!("\n{name} "))).collect()
    }
}

/// One hypothesis of a model; `null` where it proposes no action.
pub(crate) fn hypothesis(
    component: &impl ToString,
    failure_mode: &str,
    action: Option<&str>,
    cause: &str,
    supports: &[String],
) -> Value {
    json!({
        "component": component.to_string(),
        "failure_mode": failure_mode,
        "action": action,
        "cause": cause,
        "supports": supports,
        "contradicts": [],
        "confidence": 1.0,
    })
}

pub(crate) fn claims(hypotheses: &[Value]) -> Value {
    json!({"verdict": "hypotheses", "hypotheses": hypotheses})
}

/// A recorded incident of the repository, or of the folders that the environment names.
pub(crate) fn scenario_folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let more = std::env::var("NIGHTSHIFT_SCENARIOS").unwrap_or_default();
    let dirs = std::iter::once(own).chain(more.split(':').filter(|dir| !dir.is_empty()).map(PathBuf::from));
    dirs.flat_map(|dir| folders(&dir).unwrap()).collect()
}

/// Does `each` for every scenario that is diagnosed, two at a time, and returns the results in the scenarios' order. The
/// clock stands still, so that nothing waits.
pub(crate) fn for_each_scenario<T: Send>(
    simulation: &Simulation,
    each: impl AsyncFn(&Simulation, &LookedAt<'_>, &Case) -> T + Sync,
) -> Vec<(String, T)> {
    let folders = scenario_folders();
    let (next, results) = (Mutex::new(0usize), Mutex::new(Vec::new()));
    let work = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().unwrap();
        loop {
            let at = {
                let mut next = next.lock().unwrap();
                *next += 1;
                *next - 1
            };
            let Some(folder) = folders.get(at) else { break };
            let recording = Recording::read(folder).unwrap().without_model();
            let Some(truth) = Expected::read(folder).unwrap() else { continue };
            let Some(looked) = runtime.block_on(simulation.look_at(&recording)).unwrap() else { continue };
            let case = Case {
                number: at,
                evidence: looked.evidence().to_vec(),
                hypotheses: looked.hypotheses().to_vec(),
                resources: looked.signal().resources.clone(),
                truth,
            };
            let result = runtime.block_on(each(simulation, &looked, &case));
            results.lock().unwrap().push((at, recording.name.clone(), result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |count| count.get().min(8)) {
            scope.spawn(work);
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(at, ..)| *at);
    results.into_iter().map(|(_, name, result)| (name, result)).collect()
}

/// A model that follows `script` about this incident.
pub(crate) fn model(script: &Arc<Script>, case: &Arc<Case>) -> FakeModel {
    let (script, case) = (Arc::clone(script), Arc::clone(case));
    FakeModel::answering(move |request| (script.answer)(&case, request))
}

pub(crate) fn line(report: &Report) -> String {
    let cause =
        report.cause.as_ref().map(|it| format!("{} {}", it.component.name(), it.failure_mode.as_str()));
    let action = report.proposal.as_ref().map(|it| format!("{} on {}", it.action, it.target.name()));
    format!("{}: {} {cause:?} {action:?}", report.scenario, report.outcome.as_str())
}
