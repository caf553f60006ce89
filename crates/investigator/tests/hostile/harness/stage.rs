//! Runs an investigation on ports in memory, with a model that follows a script.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use common::{
    IncidentId, MicroUsd, ModelOpinion, Observed, PortError,
    model::{ModelRequest, ModelResponse},
    ports::{Caps, Model, PortErrorKind, Reasoning as _, Reserved, Spending},
    reasoning::ReasoningStep,
};
use fakes::{FakeCounters, Faults, FixedClock, MemoryStore, sample};
use investigator::{Bundle, Bundles, Ports, ReadOnlyTools, ToolAnswer, investigate};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) use crate::harness::known_incident::{FENCE, KnownIncident, SECRETS, evidence};

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds one request, as a script sees it.
pub(crate) struct ScriptedRequest<'a> {
    /// `deployment`, …, or `weigh`.
    pub(crate) line: String,
    /// From 1 in each line.
    pub(crate) nth: u32,
    pub(crate) request: &'a ModelRequest,
    pub(crate) known: &'a KnownIncident,
}

pub(crate) enum Reply {
    Answer(ModelResponse),
    Fail(PortErrorKind),
    Hang,
}

pub(crate) type Script = Box<dyn Fn(&ScriptedRequest<'_>) -> Reply>;

pub(crate) struct ScriptedModel<'a> {
    script: &'a Script,
    known: &'a KnownIncident,
    asked: Mutex<Vec<ModelRequest>>,
    counts: Mutex<BTreeMap<String, u32>>,
}

pub(crate) fn line_of(request: &ModelRequest) -> String {
    let opening = format!("{:?}", request.turns.first().unwrap().content.last().unwrap());
    let after =
        |mark: &str| opening.split_once(mark).map(|(_, rest)| rest.split('\\').next().unwrap().to_owned());
    after("# Your line of inquiry: ").or_else(|| after("# Your task: ")).unwrap()
}

impl Model for ScriptedModel<'_> {
    async fn converse(&self, request: &ModelRequest) -> Result<ModelResponse, PortError> {
        lock(&self.asked).push(request.clone());
        let line = line_of(request);
        let nth = {
            let mut counts = lock(&self.counts);
            let count = counts.entry(line.clone()).or_default();
            *count += 1;
            *count
        };
        match (self.script)(&ScriptedRequest { line, nth, request, known: self.known }) {
            Reply::Answer(answer) => {
                // As a service does: others get their turn.
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok(answer)
            }
            Reply::Fail(kind) => Err(PortError::new("Converse", kind, "made to fail")),
            Reply::Hang => std::future::pending().await,
        }
    }
}

/// Returns a tool's answer, given its name and input.
type ToolAnswers = Box<dyn Fn(&str, &Value) -> ToolAnswer>;

/// Read-only tools that answer the same way always.
pub(crate) struct FakeTools {
    pub(crate) answer: ToolAnswers,
    pub(crate) hangs: bool,
    pub(crate) called: Mutex<Vec<(String, Value)>>,
}

impl ReadOnlyTools for FakeTools {
    async fn call(&self, name: &str, input: &Value) -> ToolAnswer {
        lock(&self.called).push((name.to_owned(), input.clone()));
        if self.hangs {
            std::future::pending::<()>().await;
        }
        (self.answer)(name, input)
    }
}

/// Spending, with the most that was ever set aside.
#[derive(Default)]
pub(crate) struct Till {
    state: Mutex<TillState>,
    pub(crate) unreadable: bool,
    pub(crate) unsettled: bool,
    /// The time that a reservation of money takes.
    pub(crate) takes: Duration,
    pub(crate) spent_today: MicroUsd,
    pub(crate) others_this_hour: u32,
}

#[derive(Default)]
struct TillState {
    incident: MicroUsd,
    most: MicroUsd,
    beyond: MicroUsd,
    admitted: BTreeSet<IncidentId>,
}

fn broken(operation: &str) -> PortError {
    PortError::new(operation, PortErrorKind::Unavailable, "made to fail")
}

impl Spending for Till {
    async fn reserve(
        &self,
        _: IncidentId,
        _: Timestamp,
        amount: MicroUsd,
        caps: Caps,
    ) -> Result<Reserved, PortError> {
        if self.unreadable {
            return Err(broken("reserve"));
        }
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        let mut state = lock(&self.state);
        if state.incident + amount > caps.incident {
            return Ok(Reserved::IncidentCap);
        }
        if self.spent_today + state.incident + amount > caps.day {
            return Ok(Reserved::DayCap);
        }
        state.incident += amount;
        state.most = state.most.max(state.incident);
        Ok(Reserved::Granted)
    }

    async fn settle(
        &self,
        _: IncidentId,
        _: Timestamp,
        reserved: MicroUsd,
        spent: MicroUsd,
    ) -> Result<(), PortError> {
        if self.unsettled {
            return Err(broken("settle"));
        }
        let mut state = lock(&self.state);
        state.incident = state.incident.saturating_sub(reserved.saturating_sub(spent));
        state.incident += spent.saturating_sub(reserved);
        state.beyond += spent.saturating_sub(reserved);
        state.most = state.most.max(state.incident);
        Ok(())
    }

    async fn admit(&self, incident: IncidentId, _: &str, _: Timestamp, most: u32) -> Result<bool, PortError> {
        if self.unreadable {
            return Err(broken("admit"));
        }
        lock(&self.state).admitted.insert(incident);
        Ok(self.others_this_hour < most)
    }
}

/// Holds the inputs and ports of an investigation.
pub(crate) struct Stage {
    pub(crate) known: KnownIncident,
    pub(crate) bundle: Bundle,
    pub(crate) tools: FakeTools,
    pub(crate) till: Till,
    pub(crate) faults: Faults,
}

/// Holds the result of an investigation, and everything that it asked for.
pub(crate) struct InvestigationRun {
    pub(crate) opinion: ModelOpinion,
    pub(crate) requests: Vec<ModelRequest>,
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) steps: Vec<ReasoningStep>,
    pub(crate) counters: FakeCounters,
    /// The most that was set aside at any time.
    pub(crate) most_money: MicroUsd,
    pub(crate) spent: MicroUsd,
    /// The money that was spent without having been reserved.
    pub(crate) beyond: MicroUsd,
    pub(crate) took: Duration,
}

/// As shipped. It is read once: there are hundreds of stages.
static BUNDLE: LazyLock<Bundle> =
    LazyLock::new(|| Bundles::shipped().unwrap().choose(sample::incident().id).unwrap().clone());

pub(crate) fn bundle() -> Bundle {
    BUNDLE.clone()
}

impl Stage {
    pub(crate) fn usual() -> Self {
        let found = |name: &str, input: &Value| {
            let text = format!("{name} {input}");
            let observed = Observed::TeamTool { tool: name.to_owned(), text: text.clone() };
            ToolAnswer { evidence: vec![evidence(&text, observed)], text, failed: false }
        };
        Self {
            known: KnownIncident::usual(),
            bundle: bundle(),
            tools: FakeTools { answer: Box::new(found), hangs: false, called: Mutex::default() },
            till: Till::default(),
            faults: Faults::default(),
        }
    }

    pub(crate) async fn play(&self, script: &Script) -> InvestigationRun {
        let model =
            ScriptedModel { script, known: &self.known, asked: Mutex::default(), counts: Mutex::default() };
        let store = MemoryStore::new(&self.faults);
        let counters = FakeCounters::default();
        let clock = FixedClock::at(sample::at());
        let ports = Ports {
            model: &model,
            tools: &self.tools,
            spending: &self.till,
            reasoning: &store,
            counters: &counters,
            clock: &clock,
        };
        let began = tokio::time::Instant::now();
        let opinion = investigate(&ports, &self.bundle, &self.known.brief()).await;
        let took = began.elapsed();
        self.faults.heal();
        let steps = store.steps(self.known.incident.id).await.unwrap();
        let state = lock(&self.till.state);
        InvestigationRun {
            opinion,
            requests: lock(&model.asked).clone(),
            calls: lock(&self.tools.called).clone(),
            steps,
            counters,
            most_money: state.most,
            spent: state.incident,
            beyond: state.beyond,
            took,
        }
    }
}
