//! Runs one round: collects evidence and concludes from it without a model, or says when to collect again.

use common::{
    AuditEntry, Clock, Conclusion, Evidence, Gap, Incident, Mode, PortError, Status, audit,
    ports::{Advance, CaseFile, Modes},
};
use jiff::SignedDuration;
use reasoning::{
    evidence::call_graph::symptom_component,
    judgement::conclude::{Assessment, conclude},
    judgement::incident_evidence::{AttemptedAction, IncidentEvidence},
    report::DiagnosisDraft,
};

use crate::{
    Account, Deps, Error, Input, Output, Store,
    collect::{self, collected_evidence::CollectedEvidence, precedents, symptom},
    earlier_actions, preliminary, recent_actions,
    recheck::{self, Recheck},
    record::producer,
};

/// One round of collecting evidence, and its findings before a model is asked.
#[derive(Debug, Clone)]
pub struct EvidenceRound {
    pub incident: Incident,
    pub attempt: u32,
    /// The conclusion from it without a model.
    pub findings: Assessment,
    pub(crate) collected: CollectedEvidence,
    pub(crate) collected_in: SignedDuration,
}

impl EvidenceRound {
    pub fn evidence(&self) -> &[Evidence] {
        &self.collected.evidence
    }
}

/// The result of one round.
#[derive(Debug, Clone)]
pub enum RoundResult {
    Findings(Box<EvidenceRound>),
    /// Nothing explains it yet, and what does may not be listed yet: [`Output::LookAgain`].
    Recheck(Output),
}

/// Collects evidence once, and concludes without a model.
pub async fn run_round(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, impl Sized>,
    input: Input,
) -> Result<RoundResult, Error> {
    let Input { incident_id: id, attempt } = input;
    let mut incident = deps.store.incident(id).await?.ok_or(Error::UnknownIncident(id))?;
    if deps.store.advance(id, Status::Diagnosing).await? == Advance::Refused {
        return Err(Error::StatusRefused { id, status: incident.status });
    }
    let began_at = deps.clock.now();
    // Paid sources are asked once an attempt: in the round after which nothing is waited for.
    let is_last_round = began_at.duration_since(incident.opened_at) >= deps.recheck_for;
    let mut collected = CollectedEvidence { gaps: deps.unusable.clone(), ..CollectedEvidence::default() };
    collected.allowance.paid = is_last_round;
    let findings = investigate(deps, &mut incident, attempt, &mut collected).await?;
    let collected_at = deps.clock.now();
    let mut wait = recheck::wait(&findings, &collected, incident.opened_at, collected_at, deps.recheck_for);
    if wait.is_none() {
        let (seen, signal) = (&collected.evidence, &incident.signal);
        if recent_actions::may_have_ended_it(&deps.store, &findings, seen, signal, collected_at).await?
            && !earlier_actions::has_acted(&deps.store, id, attempt).await?
        {
            wait = Some(recent_actions::wait(signal, collected_at));
        }
    }
    let collected_in = deps.clock.now().duration_since(began_at);
    let round = EvidenceRound { incident, attempt, findings, collected, collected_in };
    match wait {
        Some(wait) => Ok(RoundResult::Recheck(recheck_output(deps, &round, wait).await)),
        None => Ok(RoundResult::Findings(Box::new(round))),
    }
}

/// Answers that there will be another round, and keeps what is known for the people who are told meanwhile.
async fn recheck_output(
    deps: &Deps<impl CaseFile, impl Sized, impl Sized, impl Clock, impl Sized>,
    round: &EvidenceRound,
    wait: Recheck,
) -> Output {
    let now = deps.clock.now();
    let tell = preliminary::is_due(now.duration_since(round.incident.opened_at), wait.next_in);
    if tell {
        let EvidenceRound { incident, attempt, findings, collected, collected_in } = round;
        let draft = DiagnosisDraft {
            incident,
            attempt: *attempt,
            producer: producer(&deps.playbooks, None),
            own_roles: &deps.own_roles,
            assessment: findings.clone(),
            evidence: &collected.evidence,
            gaps: &collected.gaps,
            map: collected.map.as_ref(),
            opinion: None,
            gathered_in_ms: u64::try_from(collected_in.as_millis()).unwrap_or_default(),
        };
        let known = preliminary::findings(reasoning::report::report(draft, now), &collected.evidence);
        // The message goes out without it, and says so: nothing of the diagnosis rests on it.
        if let Err(error) = deps.store.put_preliminary(&known).await {
            tracing::warn!(incident.id = %round.incident.id, %error, "the preliminary findings could not be stored");
        }
    }
    Output::LookAgain {
        wait_seconds: wait.next_in.as_secs(),
        wait_limit_seconds: wait.limit.as_secs(),
        tell,
        reason: wait.reason.to_owned(),
    }
}

/// Collects and concludes, as far as the mode permits. The incident has the application that its tags name
/// from then on.
async fn investigate(
    deps: &Deps<impl Store, impl Account, impl Modes, impl Clock, impl Sized>,
    incident: &mut Incident,
    attempt: u32,
    collected: &mut CollectedEvidence,
) -> Result<Assessment, Error> {
    let Deps { store, account, modes, clock, playbooks, own_roles, .. } = deps;
    if let Some(refused) = refused(modes.effective(incident.application.as_deref()).await) {
        return Ok(refused);
    }
    let tagged = symptom::collect_symptom(account, clock, &incident.signal, collected).await;
    // The application that the tags name may be switched off although the event's was not.
    if let Some(name) = tagged.filter(|name| incident.application.as_ref() != Some(name)) {
        // Recorded first: the application decides how much may be done.
        let named = AuditEntry::ApplicationNamed { application: name.clone() };
        store.append(incident.id, clock.now(), &named).await?;
        store.set_application(incident.id, &name).await?;
        let mode = modes.effective(Some(&name)).await;
        incident.application = Some(name);
        if let Some(refused) = refused(mode) {
            return Ok(refused);
        }
    }
    if let Some(name) =
        incident.application.as_deref().filter(|_| symptom_component(&incident.signal).is_none())
    {
        let named = symptom::named_by_tag(account, &incident.signal, name).await;
        incident.signal.resources.extend(named);
    }
    let incident: &Incident = incident;
    let (signal, application) = (&incident.signal, incident.application.as_deref());
    collect::collect_evidence(account, store, clock, signal, application, collected).await;
    precedents::collect_precedents(store, incident, application, clock.now(), collected).await;

    let mut tried = Vec::new();
    // Read only where it can matter: the first attempt has none before it.
    let entries = if attempt > 1 {
        audit::entries(incident.id, &store.timeline(incident.id).await?)?
    } else {
        Vec::new()
    };
    for earlier in 1..attempt {
        tried.extend(
            store.diagnosis(incident.id, earlier).await?.as_ref().and_then(AttemptedAction::from_diagnosis),
        );
    }
    // An attempt may have ended in waiting for its target: what was never run may still help.
    tried.retain(|one: &AttemptedAction| earlier_actions::was_run(&entries, one));
    let CollectedEvidence { evidence, gaps, .. } = collected;
    // Context that is missing makes no conclusion less sure: none rests on it.
    let essential: Vec<Gap> = gaps.iter().filter(|gap| !gap.context).cloned().collect();
    Ok(conclude(
        &IncidentEvidence { signal, evidence, gaps: &essential, own_roles, attempted: &tried },
        playbooks,
    ))
}

/// Returns the findings where the mode lets nothing be read. A kill switch that cannot be read counts as pulled.
fn refused(mode: Result<Mode, PortError>) -> Option<Assessment> {
    let reason = match mode {
        Ok(Mode::Off) => "the mode is off, so nothing was diagnosed".to_owned(),
        Ok(_) => return None,
        Err(error) => format!("the mode could not be read and counts as off ({error})"),
    };
    Some(Assessment {
        conclusion: Conclusion::Abstained { reason },
        hypotheses: Vec::new(),
        ruled_out: Vec::new(),
        rests_on_engine: false,
        symptom_is_there: false,
    })
}
