//! Tests asking, answering and expiring, on fakes, with every call failing once.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

use approve::{Decision, Deps, Error, Input, Output, decide, handle};
use common::{
    ApprovalDecision, AuditEntry, Clock as _, ErrorName as _, IncidentId, PlanHash, Status, chain,
    ports::{Approvals as _, Ledger as _},
};
use fakes::{Faults, FixedClock, MemoryStore, When, sample};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

const ALICE: &str = "arn:aws:sts::123456789012:assumed-role/oncall/alice";
const BOB: &str = "arn:aws:sts::123456789012:assumed-role/oncall/bob";

struct Scenario {
    deps: Deps<MemoryStore, FixedClock>,
    faults: Faults,
    id: IncidentId,
    plan: PlanHash,
}

impl Scenario {
    fn new() -> Self {
        let faults = Faults::default();
        let store = MemoryStore::new(&faults);
        let mut incident = sample::incident();
        incident.status = Status::Diagnosing;
        let id = incident.id;
        store.insert(incident);
        let deps = Deps {
            store,
            clock: FixedClock::at(sample::at()),
            approval_window: SignedDuration::from_mins(30),
        };
        Self { deps, faults, id, plan: "ab".repeat(32).parse().unwrap() }
    }

    async fn asked() -> Self {
        let scenario = Self::new();
        scenario.request("token-1").await.unwrap();
        scenario
    }

    async fn request(&self, token: &str) -> Result<Output, Error> {
        let input = Input::Request {
            incident_id: self.id,
            plan_hash: self.plan.clone(),
            task_token: token.to_owned(),
        };
        handle(&self.deps, input).await
    }

    async fn expire(&self) -> Result<Output, Error> {
        let input = Input::Expire { incident_id: self.id, plan_hash: self.plan.clone() };
        handle(&self.deps, input).await
    }

    async fn decide(&self, by: &str, approve: bool) -> Result<Decision, Error> {
        let asked = self.deps.store.approval(self.id, &self.plan).await?;
        let asked_at = asked.map_or(self.deps.clock.now(), |approval| approval.requested_at);
        decide(&self.deps, self.id, &self.plan, asked_at, by, approve).await
    }

    async fn decision(&self) -> ApprovalDecision {
        self.deps.store.approval(self.id, &self.plan).await.unwrap().unwrap().decision
    }

    fn entries(&self) -> Vec<AuditEntry> {
        self.deps.store.entries()
    }
}

#[tokio::test]
async fn request_first_is_audited_and_the_incident_waits() {
    let scenario = Scenario::asked().await;
    assert_eq!(scenario.deps.store.incidents()[0].status, Status::AwaitingApproval);
    let expires_at = sample::at() + SignedDuration::from_mins(30);
    assert_eq!(
        scenario.entries(),
        [AuditEntry::ApprovalRequested { plan_hash: scenario.plan.clone(), expires_at }]
    );
}

#[tokio::test]
async fn request_repeated_with_the_same_token_changes_nothing() {
    let scenario = Scenario::asked().await;
    scenario.deps.clock.advance(SignedDuration::from_mins(5));
    let expires_at = sample::at() + SignedDuration::from_mins(30);
    assert_eq!(scenario.request("token-1").await.unwrap(), Output::Requested { expires_at });
    assert_eq!(scenario.entries().len(), 1);
}

#[tokio::test]
async fn request_repeated_with_a_new_token_wakes_the_new_task_and_does_not_extend_the_window() {
    let scenario = Scenario::asked().await;
    scenario.deps.clock.advance(SignedDuration::from_mins(5));
    let expires_at = sample::at() + SignedDuration::from_mins(30);
    assert_eq!(scenario.request("token-2").await.unwrap(), Output::Requested { expires_at });
    assert_eq!(scenario.decide(ALICE, true).await.unwrap().task_token, "token-2");
}

#[tokio::test]
async fn request_of_a_decided_plan_fails_instead_of_waiting_for_ever() {
    let scenario = Scenario::asked().await;
    scenario.decide(ALICE, true).await.unwrap();
    assert_eq!(scenario.request("token-2").await.unwrap_err().error_name(), "Approve.AlreadyDecided");
}

/// An approval whose execution waited for its target for longer than it holds is no dead end.
#[tokio::test]
async fn request_of_an_approval_that_lapsed_asks_again_with_a_window_of_its_own() {
    let scenario = Scenario::asked().await;
    scenario.decide(ALICE, true).await.unwrap();
    scenario.deps.clock.advance(SignedDuration::from_mins(9));
    assert_eq!(scenario.request("token-2").await.unwrap_err().error_name(), "Approve.AlreadyDecided");
    scenario.deps.clock.advance(SignedDuration::from_mins(1));
    let expires_at = sample::at() + SignedDuration::from_mins(40);
    for _ in 0..2 {
        assert_eq!(scenario.request("token-2").await.unwrap(), Output::Requested { expires_at });
    }
    assert_eq!(scenario.decision().await, ApprovalDecision::Pending);
    let given = scenario.decide(BOB, true).await.unwrap();
    assert_eq!((given.task_token.as_str(), given.by.as_str()), ("token-2", BOB));
    let asked =
        scenario.entries().into_iter().filter(|entry| matches!(entry, AuditEntry::ApprovalRequested { .. }));
    assert_eq!(asked.count(), 2);
}

/// A no does not lapse: it is final.
#[tokio::test]
async fn request_of_a_denied_or_expired_plan_never_asks_again() {
    for denied in [true, false] {
        let scenario = Scenario::asked().await;
        if denied {
            scenario.decide(ALICE, false).await.unwrap();
        } else {
            scenario.deps.clock.advance(SignedDuration::from_mins(30));
            scenario.expire().await.unwrap();
        }
        scenario.deps.clock.advance(SignedDuration::from_hours(1));
        assert!(scenario.request("token-2").await.is_err(), "{denied}");
    }
}

#[tokio::test]
async fn request_for_an_incident_that_ended_is_refused_and_nobody_is_asked() {
    let scenario = Scenario::new();
    let mut incident = sample::incident();
    incident.status = Status::Escalated;
    scenario.deps.store.insert(incident);
    assert_eq!(scenario.request("token-1").await.unwrap_err().error_name(), "Approve.IncidentMovedOn");
    assert_eq!(scenario.entries(), []);
}

#[tokio::test]
async fn decide_open_request_records_who_said_what() {
    for approve in [true, false] {
        let scenario = Scenario::asked().await;
        let decision = scenario.decide(ALICE, approve).await.unwrap();
        assert_eq!((decision.approved, decision.by.as_str()), (approve, ALICE));
        assert_eq!(decision.task_token, "token-1");
        let (plan_hash, by) = (scenario.plan.clone(), ALICE.to_owned());
        let expected = if approve {
            AuditEntry::ApprovalGiven { plan_hash, by }
        } else {
            AuditEntry::ApprovalRefused { plan_hash, by }
        };
        assert_eq!(scenario.entries()[1..], [expected]);
    }
}

#[tokio::test]
async fn decide_repeated_by_the_same_person_gives_the_token_again_even_after_the_expiry() {
    let scenario = Scenario::asked().await;
    let first = scenario.decide(ALICE, true).await.unwrap();
    scenario.deps.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(scenario.decide(ALICE, true).await.unwrap(), first);
    assert_eq!(scenario.entries().len(), 2);
}

#[tokio::test]
async fn decide_otherwise_or_by_another_says_who_decided_what_and_when() {
    let scenario = Scenario::asked().await;
    scenario.decide(ALICE, true).await.unwrap();
    for (by, approve) in [(ALICE, false), (BOB, true), (BOB, false)] {
        let error = scenario.decide(by, approve).await.unwrap_err();
        assert_eq!(error.error_name(), "Approve.AlreadyDecided");
        let text = error.to_string();
        assert!(text.contains(&format!("approved by {ALICE} at 2026-11-20T03:00:00Z")), "{text}");
    }
}

#[tokio::test]
async fn decide_after_the_expiry_is_refused_without_a_record() {
    let scenario = Scenario::asked().await;
    scenario.deps.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(scenario.decide(ALICE, true).await.unwrap_err().error_name(), "Approve.Expired");
    assert_eq!(scenario.entries().len(), 1);
    scenario.expire().await.unwrap();
    assert_eq!(scenario.decide(ALICE, true).await.unwrap_err().error_name(), "Approve.Expired");
}

#[tokio::test]
async fn decide_a_question_that_was_asked_again_meanwhile_is_refused_without_a_record() {
    let scenario = Scenario::asked().await;
    let shown = scenario.deps.clock.now() - SignedDuration::from_secs(1);
    let decided = decide(&scenario.deps, scenario.id, &scenario.plan, shown, ALICE, true).await;
    assert_eq!(decided.unwrap_err().error_name(), "Approve.AskedAgain");
    assert_eq!((scenario.decision().await, scenario.entries().len()), (ApprovalDecision::Pending, 1));
}

#[tokio::test]
async fn decide_what_nobody_was_asked_is_refused() {
    let scenario = Scenario::new();
    assert_eq!(scenario.decide(ALICE, true).await.unwrap_err().error_name(), "Approve.NoSuchRequest");
    assert_eq!(scenario.entries(), []);
}

#[tokio::test]
async fn expire_unanswered_request_is_recorded_as_a_no() {
    let scenario = Scenario::asked().await;
    for _ in 0..2 {
        assert_eq!(scenario.expire().await.unwrap(), Output::Expired);
    }
    assert_eq!(scenario.entries()[1..], [AuditEntry::ApprovalExpired { plan_hash: scenario.plan.clone() }]);
}

#[tokio::test]
async fn expire_that_lost_against_a_decision_gives_the_decision() {
    for approve in [true, false] {
        let scenario = Scenario::asked().await;
        scenario.decide(ALICE, approve).await.unwrap();
        assert_eq!(scenario.expire().await.unwrap(), Output::Decided { approved: approve });
    }
}

#[tokio::test]
async fn expire_request_that_was_never_recorded_is_expired() {
    assert_eq!(Scenario::new().expire().await.unwrap(), Output::Expired);
}

#[tokio::test]
async fn ledger_that_cannot_be_written_stops_asking_deciding_and_expiring() {
    let scenario = Scenario::new();
    scenario.faults.fail_operation("Ledger::append");
    assert_eq!(scenario.request("token-1").await.unwrap_err().error_name(), "Port.Unavailable");
    assert_eq!(scenario.deps.store.approval(scenario.id, &scenario.plan).await.unwrap(), None);

    scenario.faults.heal();
    scenario.request("token-1").await.unwrap();
    scenario.faults.fail_operation("Ledger::append");
    assert!(scenario.decide(ALICE, true).await.is_err());
    assert!(scenario.expire().await.is_err());
    assert_eq!(scenario.decision().await, ApprovalDecision::Pending);
}

#[tokio::test]
async fn decision_that_could_not_be_stored_is_followed_by_the_record_that_none_stands() {
    let scenario = Scenario::asked().await;
    scenario.faults.fail_operation("Approvals::decide");
    scenario.decide(ALICE, true).await.unwrap_err();
    let stands =
        AuditEntry::ApprovalStands { plan_hash: scenario.plan.clone(), decision: ApprovalDecision::Pending };
    assert_eq!(scenario.entries().last(), Some(&stands));
    scenario.faults.heal();
    scenario.decide(ALICE, true).await.unwrap();
    assert!(matches!(scenario.entries().last(), Some(AuditEntry::ApprovalGiven { .. })));
}

/// Its answer was lost on the way: it stands, and nothing says otherwise.
#[tokio::test]
async fn decision_that_was_stored_all_the_same_is_not_taken_back() {
    let scenario = Scenario::asked().await;
    let before = scenario.faults.calls().len();
    scenario.decide(ALICE, true).await.unwrap();
    let calls = scenario.faults.calls();
    let decide = calls[before..].iter().position(|call| call == "Approvals::decide").unwrap();
    let scenario = Scenario::asked().await;
    scenario.faults.fail_call(scenario.faults.calls().len() + decide, When::After);
    scenario.decide(ALICE, true).await.unwrap_err();
    assert!(!scenario.entries().iter().any(|entry| matches!(entry, AuditEntry::ApprovalStands { .. })));
    assert!(matches!(scenario.decision().await, ApprovalDecision::Approved { .. }));
}

#[tokio::test]
async fn any_call_failing_once_is_mended_by_repeating_the_step() {
    for when in [When::Before, When::After] {
        for failing in 0..12 {
            let scenario = Scenario::new();
            scenario.faults.fail_call(failing, when);
            if scenario.request("token-1").await.is_err() {
                scenario.request("token-1").await.unwrap();
            }
            let decision = match scenario.decide(ALICE, true).await {
                Ok(decision) => decision,
                Err(_) => scenario.decide(ALICE, true).await.unwrap(),
            };
            assert_eq!((decision.approved, decision.task_token.as_str()), (true, "token-1"));
            scenario.faults.heal();
            assert_eq!(scenario.decide(ALICE, true).await.unwrap(), decision);
            let id = sample::incident().id;
            let records = scenario.deps.store.timeline(id).await.unwrap();
            assert_eq!(chain::verify(id, &records), Ok(()));
            let given =
                scenario.entries().iter().any(|entry| matches!(entry, AuditEntry::ApprovalGiven { .. }));
            assert!(given, "decided without a record: call {failing} {when:?}");
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Request(u8),
    Decide { alice: bool, approve: bool },
    Expire,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1u8..4).prop_map(Step::Request),
        (any::<bool>(), any::<bool>()).prop_map(|(alice, approve)| Step::Decide { alice, approve }),
        Just(Step::Expire),
        (1i64..40).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..12)
}

proptest! {
    #[test]
    fn decision_once_made_never_changes_and_never_without_a_record(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let scenario = Scenario::new();
            let mut decided = None;
            for step in steps {
                match step {
                    Step::Request(token) => drop(scenario.request(&format!("token-{token}")).await),
                    Step::Decide { alice, approve } => {
                        drop(scenario.decide(if alice { ALICE } else { BOB }, approve).await);
                    }
                    Step::Expire => drop(scenario.expire().await),
                    Step::Wait(minutes) => scenario.deps.clock.advance(SignedDuration::from_mins(minutes)),
                }
                let now = scenario.deps.store.approval(scenario.id, &scenario.plan).await.unwrap();
                let Some(now) = now.filter(|it| it.decision != ApprovalDecision::Pending) else {
                    // Nothing but an approval that lapsed is asked about again.
                    let lapsed = |at| scenario.deps.clock.now().duration_since(at) >= SignedDuration::from_mins(10);
                    let may_be_asked_again = decided.take().is_none_or(
                        |decision| matches!(decision, ApprovalDecision::Approved { at, .. } if lapsed(at)),
                    );
                    assert!(may_be_asked_again);
                    continue;
                };
                if let ApprovalDecision::Approved { at, .. } | ApprovalDecision::Denied { at, .. } = &now.decision {
                    assert!(*at < now.expires_at, "decided after the expiry");
                }
                assert_eq!(*decided.get_or_insert(now.decision.clone()), now.decision);
                let audited = scenario.entries().iter().any(|entry| match (&now.decision, entry) {
                    (ApprovalDecision::Approved { by, .. }, AuditEntry::ApprovalGiven { by: who, .. })
                    | (ApprovalDecision::Denied { by, .. }, AuditEntry::ApprovalRefused { by: who, .. }) => by == who,
                    (ApprovalDecision::Expired { .. }, AuditEntry::ApprovalExpired { .. }) => true,
                    _ => false,
                });
                assert!(audited);
            }
        });
    }
}

#[test]
fn messages_have_the_form_that_the_state_machine_writes_and_reads() {
    let scenario = Scenario::new();
    let id = scenario.id.to_string();
    let plan = scenario.plan.as_str();
    let request = json!({"step": "request", "incident_id": id, "plan_hash": plan, "task_token": "t"});
    let input: Input = serde_json::from_value(request).unwrap();
    assert!(!format!("{input:?}").contains("\"t\""), "the token shows: {input:?}");
    let expire = json!({"step": "expire", "incident_id": id, "plan_hash": plan});
    assert!(matches!(serde_json::from_value(expire), Ok(Input::Expire { .. })));
    let unknown = json!({"step": "expire", "incident_id": id, "plan_hash": plan, "force": true});
    assert!(serde_json::from_value::<Input>(unknown).is_err());
    for (output, expected) in [
        (
            Output::Requested { expires_at: sample::at() },
            json!({"result": "requested", "expires_at": "2026-11-20T03:00:00Z"}),
        ),
        (Output::Expired, json!({"result": "expired"})),
        (Output::Decided { approved: true }, json!({"result": "decided", "approved": true})),
    ] {
        assert_eq!(serde_json::to_value(output).unwrap(), expected);
    }
}

#[test]
fn samples_in_function_inputs_are_inputs() {
    for name in ["approve.json", "approve-expire.json"] {
        let path = format!("{}/../../function_inputs/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(serde_json::from_str::<Input>(&text).is_ok(), "{name}");
    }
}
