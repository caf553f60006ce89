//! A world in which an instance of an application was stopped, and all functions over fakes.

use std::{sync::LazyLock, time::Duration};

use common::{
    Clock as _, ErrorName, Incident, IncidentId, Mode, Observed, PortError, Signal, SignalKind, Status,
    Symptom, SymptomState,
    evidence::{Change, InstanceState},
    ports::{Approvals as _, PortErrorKind, TargetLease, TargetLeases as _},
};
use fakes::{
    FakeAccount, FakeAutomations, FakeChannel, FakeCounters, FakeModel, Faults, FixedClock, MemoryStore,
    sample,
};
use guard::{Guard, Progress};
use investigator::Bundles;
use jiff::SignedDuration;
use nightshift_tests::{
    asl::Machine,
    walk::{Tasks, Walk, incident_machine, walk},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// The data that the functions are built with, read once: it is the same for every world.
static GUARD: LazyLock<Guard> = LazyLock::new(|| Guard::shipped().unwrap());
static PLAYBOOKS: LazyLock<reasoning::playbooks::playbook::Playbooks> =
    LazyLock::new(|| reasoning::playbooks::playbook::Playbooks::shipped().unwrap());
static BUNDLES: LazyLock<Bundles> = LazyLock::new(|| Bundles::shipped().unwrap());
static MACHINE: LazyLock<Machine> =
    LazyLock::new(|| incident_machine(POLL_SECONDS, APPROVAL_WINDOW_SECONDS).unwrap());

const POLL_SECONDS: u32 = 15;
const APPROVAL_WINDOW_SECONDS: u32 = 3600;

/// What becomes of the action's automation, and of the instance that it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// It succeeds at once.
    Succeeds,
    /// It ends with this status, after it has made its change.
    EndsAs(&'static str),
    /// It times out, and the instance takes so many minutes to come up.
    RollsOutIn(i64),
}

/// Another incident about the same target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    /// Mends both, after a while.
    Mends,
    /// Is handed over after a while, without having done anything.
    GivesUp,
    NeverEnds,
}

const LAUNCHED_AT: &str = "2026-11-20T03:00:30Z";
const OTHER_ENDS_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// What the human does who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Approver {
    Approves,
    Denies,
    Sleeps,
}

pub(crate) struct World {
    /// Who is asked for a second opinion, if anybody is.
    pub(crate) model: Option<FakeModel>,
    pub(crate) faults: Faults,
    pub(crate) store: MemoryStore,
    pub(crate) automations: FakeAutomations,
    pub(crate) incident: IncidentId,
    account: FakeAccount,
    clock: FixedClock,
    channels: Vec<FakeChannel>,
    approver: Approver,
    helps: bool,
    course: Course,
    other: Option<(Other, Incident)>,
    twice: bool,
    asked: Option<(IncidentId, common::PlanHash)>,
}

/// Whether a port call only looks at the account.
pub(crate) fn is_look(call: &str) -> bool {
    let ports = [
        "Symptoms::",
        "AlarmHistory::",
        "Topology::",
        "Changes::",
        "Resources::",
        "Modes::",
        "Traces::",
        "Metrics::",
        "Logs::",
        "Providers::",
        "SecurityFindings::",
        // What is not known of other incidents asks.
        "ActionHistory::",
        "OpenIncidents::",
        "Connections::",
        "Precedents::",
        "TopologyCache::",
    ];
    ports.iter().any(|port| call.starts_with(port))
}

fn instance(state: &str) -> Observed {
    let arn = sample::arn("ec2", "instance/i-1");
    let launched_at = (state == "running").then(|| LAUNCHED_AT.parse().unwrap());
    Observed::Instance { state: InstanceState { arn, id: "i-1".into(), state: state.into(), launched_at } }
}

impl World {
    /// Autonomous, and starting the instance helps.
    pub(crate) fn new() -> Self {
        let faults = Faults::default();
        let account = FakeAccount::new(&faults);
        let target = sample::arn("ec2", "instance/i-1");
        account.tag(&target, sample::APPLICATION);
        account.set_mode(Mode::Autonomous, Some((sample::APPLICATION, Mode::Autonomous)));
        account.set_resource(&target, instance("stopped"));
        account.add_change(Change {
            event_id: "change-1".into(),
            event_name: "StopInstances".into(),
            at: sample::at() - SignedDuration::from_secs(20),
            actor: "arn:aws:iam::123456789012:user/alice".into(),
            by_nightshift: false,
            actor_kind: common::ActorKind::Person,
            resource: target.clone(),
            request: std::collections::BTreeMap::new(),
        });
        let signal = Signal {
            source: "aws.ec2".into(),
            kind: SignalKind::INSTANCE_STATE_CHANGE,
            title: "i-1 is stopped".into(),
            resources: vec![target],
            symptom: Symptom::Instance { id: "i-1".into() },
            ..sample::alarm_signal("event-1", "i-1")
        };
        let incident = Incident::opened_by(signal, 1);
        let store = MemoryStore::new(&faults);
        store.insert(incident.clone());
        Self {
            model: None,
            automations: FakeAutomations::new(&faults),
            incident: incident.id,
            clock: FixedClock::at(sample::at() + SignedDuration::from_secs(10)),
            channels: ["sns:first", "sns:second"].map(|name| FakeChannel::new(name, &faults)).to_vec(),
            approver: Approver::Sleeps,
            helps: true,
            course: Course::Succeeds,
            other: None,
            twice: false,
            asked: None,
            faults,
            store,
            account,
        }
    }

    pub(crate) fn supervised(mut self, approver: Approver) -> Self {
        self.account.set_mode(Mode::Supervised, None);
        self.approver = approver;
        self
    }

    pub(crate) fn unhelpful(mut self) -> Self {
        self.helps = false;
        self
    }

    pub(crate) fn answering(mut self, approver: Approver) -> Self {
        self.approver = approver;
        self
    }

    pub(crate) fn with_course(mut self, course: Course) -> Self {
        self.course = course;
        self
    }

    /// Another incident holds the target.
    pub(crate) fn with_other(mut self, other: Other) -> Self {
        let signal = sample::alarm_signal("event-2", "other");
        let incident = Incident { status: Status::Verifying, ..Incident::opened_by(signal, 1) };
        self.store.insert(incident.clone());
        self.other = Some((other, incident));
        self
    }

    /// Nobody stopped it, as far as anybody can see.
    pub(crate) fn unexplained(self) -> Self {
        let account = FakeAccount::new(&self.faults);
        account.set_mode(Mode::Autonomous, Some((sample::APPLICATION, Mode::Autonomous)));
        Self { account, ..self }
    }

    pub(crate) fn taking_steps_twice(mut self) -> Self {
        self.twice = true;
        self
    }

    pub(crate) fn messages(&self) -> usize {
        self.channels.iter().map(|channel| channel.sent().len()).sum()
    }

    /// Walks the whole incident; the faults are over when it has ended, for the asserts to read.
    pub(crate) async fn live(&mut self) -> Walk {
        if let Some((_, other)) = &self.other {
            let lease = TargetLease {
                target: sample::arn("ec2", "instance/i-1"),
                incident_id: other.id,
                plan_hash: "a".repeat(64).parse().unwrap(),
                taken_at: sample::at(),
            };
            // It was there before anything could fail.
            // One failure is tried again; where none gets through, the other incident has no lease either.
            for _ in 0..2 {
                if self.store.take_target(&lease, None).await.is_ok() {
                    break;
                }
            }
        }
        let input = json!({ "incident_id": self.incident.to_string() });
        let walk = walk(&MACHINE, input, self).await.unwrap();
        self.faults.heal();
        walk
    }

    async fn step(&mut self, function: &str, input: Value) -> Result<Value, (String, String)> {
        let (store, account, clock) = (self.store.clone(), self.account.clone(), self.clock.clone());
        match function {
            "diagnose" => {
                let deps = diagnose::Deps {
                    store,
                    account: diagnose::OneAccount(account),
                    modes: self.account.clone(),
                    clock,
                    investigator: diagnose::Investigator {
                        ask: self
                            .model
                            .as_ref()
                            .map_or(diagnose::AskModel::Never, |_| diagnose::AskModel::Always),
                        model: self.model.clone().unwrap_or_default(),
                        counters: FakeCounters::default(),
                        bundles: BUNDLES.clone(),
                        fence: || "0123456789abcdef".to_owned(),
                    },
                    playbooks: PLAYBOOKS.clone(),
                    own_roles: "".parse().unwrap(),
                    recheck_for: SignedDuration::from_mins(5),
                    unusable: Vec::new(),
                };
                answer(diagnose::handle(&deps, read(&input)?).await)
            }
            "remediate" => {
                let deps = remediate::Deps {
                    store,
                    symptoms: account.clone(),
                    topology: account.clone(),
                    resources: account,
                    modes: self.account.clone(),
                    automations: self.automations.clone(),
                    clock,
                    guard: GUARD.clone(),
                    unattended_drills: false,
                    actions_per_hour: 20,
                };
                let output = answer(remediate::handle(&deps, read(&input)?).await);
                self.have_effects();
                output
            }
            "verify" => {
                let timing = verify::Timing {
                    hold: SignedDuration::from_mins(1),
                    deadline: SignedDuration::from_mins(4),
                    poll: SignedDuration::from_secs(30),
                };
                answer(
                    verify::handle(
                        &verify::Deps { store, symptoms: account.clone(), resources: account, clock },
                        timing,
                        read(&input)?,
                    )
                    .await,
                )
            }
            "approve" => {
                let asked: approve::Input = read(&input)?;
                if let approve::Input::Request { incident_id, plan_hash, .. } = &asked {
                    self.asked = Some((*incident_id, plan_hash.clone()));
                }
                answer(approve::handle(&self.approvals(), asked).await)
            }
            "notify" => {
                let deps = notify::Deps {
                    store,
                    channels: self.channels.clone(),
                    clock,
                    links: notify::Links {
                        state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident"),
                    },
                };
                answer(notify::handle(&deps, read(&input)?).await)
            }
            other => panic!("the machine has no function {other}"),
        }
    }

    fn approvals(&self) -> approve::Deps<MemoryStore, FixedClock> {
        approve::Deps {
            store: self.store.clone(),
            clock: self.clock.clone(),
            approval_window: SignedDuration::from_secs(APPROVAL_WINDOW_SECONDS.into()),
        }
    }

    /// What automations do to the account: at once, and only if they were started.
    fn have_effects(&self) {
        let effects = self.automations.effects();
        if effects.is_empty() {
            return;
        }
        let output = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
        let started = output("StartInstance.StateBefore", "stopped");
        let outputs = [started.clone(), output("ConfirmState.LaunchTime", LAUNCHED_AT)].into();
        let is_undone = effects.iter().any(|plan| plan.undo_of.is_some());
        let failed = |status: &str, outputs| Progress::Failed {
            status: status.to_owned(),
            reason: "ended before its last step".to_owned(),
            outputs,
        };
        let is_slow = matches!(self.course, Course::RollsOutIn(minutes)
            if self.clock.now() < sample::at() + SignedDuration::from_mins(minutes));
        self.automations.set_progress(match self.course {
            Course::EndsAs(status) if !is_undone => failed(status, outputs),
            Course::RollsOutIn(_) if !is_undone => failed("TimedOut", [started].into()),
            _ => Progress::Succeeded { outputs },
        });
        let state = match () {
            () if is_undone => "stopped",
            () if is_slow => "pending",
            () => "running",
        };
        self.account.set_resource(&sample::arn("ec2", "instance/i-1"), instance(state));
        if self.helps && !is_slow {
            self.account.set_symptom(SymptomState::Recovered, None);
        }
    }
}

impl Tasks for World {
    async fn invoke(&mut self, function: &str, input: Value) -> Result<Value, (String, String)> {
        if self.twice {
            // What comes of the first try is lost; where it fails, the machine would try again too.
            let _ = self.step(function, input.clone()).await;
        }
        self.step(function, input).await
    }

    /// The human answers as `nightshift approve` does: until it works.
    async fn answer(&mut self, _token: &str) -> Option<Value> {
        let approves = match self.approver {
            Approver::Approves => true,
            Approver::Denies => false,
            Approver::Sleeps => return None,
        };
        let (incident, plan) = self.asked.clone()?;
        for _ in 0..3 {
            let by = "arn:aws:iam::123456789012:user/ann";
            let approvals = self.approvals();
            let Ok(Some(asked)) = approvals.store.approval(incident, &plan).await else { continue };
            let at = asked.requested_at;
            if let Ok(decision) = approve::decide(&approvals, incident, &plan, at, by, approves).await {
                let result = if decision.approved { "approved" } else { "denied" };
                return Some(json!({ "result": result, "by": decision.by }));
            }
        }
        None
    }

    fn passed(&mut self, time: Duration) {
        self.clock.advance(SignedDuration::try_from(time).unwrap());
        self.have_effects();
        let is_over = self.clock.now() > sample::at() + OTHER_ENDS_AFTER;
        if let Some((Other::GivesUp, other)) = &self.other
            && is_over
        {
            self.store.insert(Incident { status: Status::Escalated, ..other.clone() });
        }
        if let Some((Other::Mends, other)) = &self.other
            && is_over
        {
            self.store.insert(Incident { status: Status::Resolved, ..other.clone() });
            self.account.set_resource(&sample::arn("ec2", "instance/i-1"), instance("running"));
            self.account.set_symptom(SymptomState::Recovered, None);
        }
    }
}

fn read<T: DeserializeOwned>(input: &Value) -> Result<T, (String, String)> {
    serde_json::from_value(input.clone())
        .map_err(|error| ("Input.Invalid".to_owned(), format!("{error}: {input}")))
}

fn answer<O: Serialize, E: ErrorName + std::error::Error>(
    result: Result<O, E>,
) -> Result<Value, (String, String)> {
    let output = result.map_err(|error| (error.error_name().to_owned(), error.to_string()))?;
    serde_json::to_value(output).map_err(|error| {
        let error = PortError::new("write the output", PortErrorKind::Invalid, error);
        (error.error_name().to_owned(), error.to_string())
    })
}
