//! Tests a store that does not answer, under a clock that jumps: a human hears of a hand-over all the same,
//! before the function's time is over.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{
    Approval, ApprovalDecision, AuditEntry, AuditRecord, Diagnosis, ErrorName as _, Evidence, Incident,
    IncidentId, Outcome, Plan, PlanHash, PortError, Status,
    notification::{Delivery, Message, Occasion},
    ports::{
        Acquired, Advance, Approvals, CaseFile, Channel, Decided, Deliveries, Incidents, Lease, Leases,
        Ledger, PortErrorKind,
    },
    preliminary::PreliminaryFindings,
    verification::Verification,
};
use fakes::{Faults, FixedClock, MemoryStore, sample};
use jiff::Timestamp;
use notify::{Deps, Input, Links, Output, handle};
use tokio::time::Instant;

/// The function's timeout; its header says the same, and a contract test holds that to the template.
const FUNCTION_TIMEOUT: Duration = Duration::from_mins(1);
/// The clients' operation timeout.
const CALL: Duration = Duration::from_secs(8);

/// Never answers, or answers what is read only.
struct Hanging {
    store: MemoryStore,
    reads: bool,
}

impl Hanging {
    async fn read<T>(&self, read: impl Future<Output = T>) -> T {
        if self.reads { read.await } else { pending().await }
    }
}

impl Incidents for Hanging {
    async fn incident(&self, id: IncidentId) -> Result<Option<Incident>, PortError> {
        self.read(self.store.incident(id)).await
    }
    async fn advance(&self, _: IncidentId, _: Status) -> Result<Advance, PortError> {
        pending().await
    }
    async fn end(&self, _: IncidentId, _: Status, _: &Outcome, _: Option<u32>) -> Result<Advance, PortError> {
        pending().await
    }
    async fn set_application(&self, _: IncidentId, _: &str) -> Result<(), PortError> {
        pending().await
    }
}

impl CaseFile for Hanging {
    async fn put_evidence(&self, _: IncidentId, _: &Evidence) -> Result<(), PortError> {
        pending().await
    }
    async fn evidence(&self, id: IncidentId) -> Result<Vec<Evidence>, PortError> {
        self.read(self.store.evidence(id)).await
    }
    async fn put_diagnosis(&self, _: &Diagnosis) -> Result<(), PortError> {
        pending().await
    }
    async fn diagnosis(&self, id: IncidentId, attempt: u32) -> Result<Option<Diagnosis>, PortError> {
        self.read(self.store.diagnosis(id, attempt)).await
    }
    async fn put_preliminary(&self, _: &PreliminaryFindings) -> Result<(), PortError> {
        pending().await
    }
    async fn preliminary(&self, id: IncidentId) -> Result<Option<PreliminaryFindings>, PortError> {
        self.read(self.store.preliminary(id)).await
    }
    async fn put_plan(&self, _: &Plan) -> Result<(), PortError> {
        pending().await
    }
    async fn plan(&self, id: IncidentId, hash: &PlanHash) -> Result<Option<Plan>, PortError> {
        self.read(self.store.plan(id, hash)).await
    }
    async fn put_verification(&self, _: IncidentId, _: &Verification) -> Result<(), PortError> {
        pending().await
    }
    async fn verification(&self, _: IncidentId, _: u32) -> Result<Option<Verification>, PortError> {
        pending().await
    }
}

impl Ledger for Hanging {
    async fn append(&self, _: IncidentId, _: Timestamp, _: &AuditEntry) -> Result<AuditRecord, PortError> {
        pending().await
    }
    async fn timeline(&self, id: IncidentId) -> Result<Vec<AuditRecord>, PortError> {
        self.read(self.store.timeline(id)).await
    }
    async fn checkpoint(&self) -> Result<Option<String>, PortError> {
        self.read(self.store.checkpoint()).await
    }
}

impl Deliveries for Hanging {
    async fn delivery(&self, id: IncidentId, occasion: Occasion) -> Result<Option<Delivery>, PortError> {
        self.read(self.store.delivery(id, occasion)).await
    }
    async fn put_delivery(&self, _: &Delivery) -> Result<(), PortError> {
        pending().await
    }
    async fn settle(&self, _: IncidentId) -> Result<(), PortError> {
        pending().await
    }
}

impl Approvals for Hanging {
    async fn approval(&self, _: IncidentId, _: &PlanHash) -> Result<Option<Approval>, PortError> {
        pending().await
    }
    async fn request(&self, _: &Approval, _: Option<&ApprovalDecision>) -> Result<Approval, PortError> {
        pending().await
    }
    async fn decide(&self, _: IncidentId, _: &PlanHash, _: &ApprovalDecision) -> Result<Decided, PortError> {
        pending().await
    }
    async fn approvals(&self, id: IncidentId) -> Result<Vec<Approval>, PortError> {
        self.read(self.store.approvals(id)).await
    }
}

impl Leases for Hanging {
    async fn lease(&self, _: IncidentId, _: &PlanHash) -> Result<Option<Lease>, PortError> {
        pending().await
    }
    async fn acquire(&self, _: &Lease) -> Result<Acquired, PortError> {
        pending().await
    }
    async fn update(&self, _: &Lease) -> Result<(), PortError> {
        pending().await
    }
    async fn taken_on(&self, _: &common::Arn, _: Timestamp) -> Result<u32, PortError> {
        pending().await
    }
    async fn taken_by(&self, id: IncidentId) -> Result<Vec<Lease>, PortError> {
        self.read(self.store.taken_by(id)).await
    }
}

/// Takes all the time that its client gives it, and then takes the message or does not.
#[derive(Clone, Default)]
struct SlowChannel {
    accepts: bool,
    tried: Arc<Mutex<Vec<Message>>>,
}

impl Channel for SlowChannel {
    fn name(&self) -> &'static str {
        "slow"
    }
    async fn send(&self, message: &Message) -> Result<String, PortError> {
        tokio::time::sleep(CALL).await;
        self.tried.lock().unwrap().push(message.clone());
        if self.accepts {
            return Ok("1".to_owned());
        }
        Err(PortError::new("send", PortErrorKind::Unavailable, "no answer"))
    }
}

type World = Deps<Hanging, SlowChannel, FixedClock>;

fn world(reads: bool, accepting: [bool; 2]) -> World {
    let store = MemoryStore::new(&Faults::default());
    store.insert(sample::incident());
    Deps {
        store: Hanging { store, reads },
        channels: accepting.map(|accepts| SlowChannel { accepts, ..SlowChannel::default() }).into(),
        clock: FixedClock::at(sample::at()),
        links: Links { state_machine_arn: sample::arn("states", "stateMachine:nightshift-incident") },
    }
}

fn input(occasion: Occasion) -> Input {
    Input {
        occasion,
        incident_id: sample::incident().id,
        plan_hash: None,
        reason: Some("the symptom is unchanged".into()),
        failed_state: None,
        execution_arn: None,
        status: None,
        approval_window_seconds: None,
        wait_limit_seconds: None,
    }
}

fn tried(world: &World) -> Vec<Message> {
    world.channels.iter().flat_map(|channel| channel.tried.lock().unwrap().clone()).collect()
}

/// The result, unless the function's time is over first.
async fn in_the_functions_time(world: &World, occasion: Occasion) -> Result<Output, notify::Error> {
    tokio::time::timeout(FUNCTION_TIMEOUT, handle(world, input(occasion))).await.unwrap()
}

#[test]
fn function_timeout_is_the_headers() {
    let header = format!("//! - Timeout: {} s", FUNCTION_TIMEOUT.as_secs());
    assert!(include_str!("../src/lib.rs").lines().any(|line| line == header));
}

#[tokio::test(start_paused = true)]
async fn handover_on_a_hanging_store_tries_both_channels_in_the_functions_time() {
    for occasion in [Occasion::Escalated, Occasion::ExecutionBroken] {
        for reads in [false, true] {
            for second_accepts in [false, true] {
                let world = world(reads, [false, second_accepts]);
                let error = in_the_functions_time(&world, occasion).await.unwrap_err();
                // Where a human heard, the error is the incident that is still open: repeating mends it.
                let name = if second_accepts { "Port.Unavailable" } else { "Notify.NoChannelAccepted" };
                assert_eq!(error.error_name(), name, "{occasion:?}, reads {reads}");
                assert_eq!(tried(&world).len(), 2, "{occasion:?}, reads {reads}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn handover_on_a_hanging_store_is_sent_within_half_the_functions_time() {
    let begun = Instant::now();
    let world = world(false, [true, true]);
    let _ = tokio::time::timeout(FUNCTION_TIMEOUT / 2, handle(&world, input(Occasion::Escalated))).await;
    assert!(begun.elapsed() <= FUNCTION_TIMEOUT / 2);
    let sent = tried(&world);
    assert_eq!(sent.len(), 1);
    for sentence in [
        "Reason:  the symptom is unchanged",
        "Store: no answer within 10 s",
        "it still counts as open",
        "this message is not on record",
    ] {
        assert!(sent[0].body.contains(sentence), "{sentence}: {}", sent[0].body);
    }
}

#[tokio::test(start_paused = true)]
async fn handover_on_a_ledger_that_hangs_says_what_can_be_read() {
    let world = world(true, [true, true]);
    let _ = in_the_functions_time(&world, Occasion::Escalated).await;
    let sent = tried(&world);
    assert!(sent[0].body.contains("checkout-errors is in ALARM"), "{}", sent[0].body);
    assert!(sent[0].body.contains("None: nothing was changed."), "{}", sent[0].body);
}
