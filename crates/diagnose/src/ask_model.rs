//! Asks a model where playbooks and engine leave doubt. Whatever comes of it, or doesn't, the diagnosis
//! stands without it.

mod account_tools;
mod team_knowledge;

use std::{cell::Cell, str::FromStr};

use common::{
    Clock, Gap, Incident, Mode, ModelOpinion,
    evidence::ReadSource,
    ports::{Counters, Model, Modes, Reasoning, Spending, TeamTools},
};
use investigator::{Brief, Bundle, Bundles, Ports};

use crate::{
    Account, Deps,
    ask_model::{account_tools::AccountTools, team_knowledge::Knowledge},
    collect::collected_evidence::CollectedEvidence,
};
use reasoning::{
    evidence::evidence_window::EvidenceWindow,
    evidence::text::{SENTENCE_CHARS, one_line},
    judgement::conclude::Assessment,
    model::{
        allowlists::{allowed_actions, allowed_components},
        doubt::leaves_doubt,
    },
};

/// When a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskModel {
    Never,
    /// A model is asked where playbooks and engine leave a doubt ([`leaves_doubt`]).
    InDoubt,
    /// Also where they are.
    Always,
}

impl FromStr for AskModel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "never" => Ok(Self::Never),
            "in-doubt" => Ok(Self::InDoubt),
            "always" => Ok(Self::Always),
            other => Err(format!("{other:?}: expected never, in-doubt or always")),
        }
    }
}

/// A model, when it is asked and with what prompts.
#[derive(Debug, Clone)]
pub struct Investigator<Model, Counters> {
    pub ask: AskModel,
    pub model: Model,
    pub counters: Counters,
    /// The prompts, and which share of the incidents each bundle of them has.
    pub bundles: Bundles,
    /// Makes what marks the ends of untrusted text: nobody can guess the next one.
    pub fence: fn() -> String,
}

/// Returns `true` where asking a model is worth its money.
fn is_wanted(ask: AskModel, findings: &Assessment) -> bool {
    findings.symptom_is_there
        && match ask {
            AskModel::Never => false,
            AskModel::InDoubt => leaves_doubt(findings),
            AskModel::Always => true,
        }
}

/// The incident that the model is asked about, and what was concluded without it.
pub(crate) struct Question<'a> {
    pub(crate) incident: &'a Incident,
    pub(crate) attempt: u32,
    pub(crate) findings: &'a Assessment,
    pub(crate) bundle: Option<&'a Bundle>,
}

/// Asks the model and returns its opinion; `None` where none was asked. The evidence that it read is the
/// opinion's own.
pub(crate) async fn ask_model(
    deps: &Deps<
        impl Spending + Reasoning,
        impl Account,
        impl Modes,
        impl Clock,
        Investigator<impl Model, impl Counters>,
    >,
    question: Question<'_>,
    collected: &mut CollectedEvidence,
) -> Option<ModelOpinion> {
    let Deps { store, account, modes, clock, investigator, playbooks, .. } = deps;
    let Question { incident, attempt, findings, bundle } = question;
    let bundle = bundle.filter(|_| is_wanted(investigator.ask, findings))?;
    // Gathering took its time, and the kill switch may have been pulled meanwhile.
    match modes.effective(incident.application.as_deref()).await {
        Ok(Mode::Off) | Err(_) => return None,
        Ok(_) => {}
    }
    let signal = &incident.signal;
    let query = team_knowledge::query(signal, findings, collected);
    let (knowledge, team_tools) = if is_admitted(store, bundle, incident, clock).await {
        let words = one_line(&query.text, SENTENCE_CHARS);
        let (knowledge, (team_tools, unlisted)) =
            tokio::join!(Knowledge::read(account.knowledge(), &words), account.team_tools().definitions(),);
        let unlisted = unlisted.iter().map(|error| Gap::from_error(ReadSource::TeamTools, error));
        collected.gaps.extend(unlisted);
        (knowledge, team_tools)
    } else {
        // The investigator says so: nothing of the team's is asked for what will not be.
        (Knowledge::shipped(), Vec::new())
    };
    let (knowledge, gaps) = knowledge?;
    collected.gaps.extend(gaps);

    let tools = AccountTools {
        account,
        clock,
        signal,
        window: EvidenceWindow::new(signal, clock.now()),
        library: &knowledge.library,
        evidence: &collected.evidence,
        allowance: Cell::new(collected.allowance),
    };
    let brief = Brief {
        incident,
        attempt,
        evidence: &collected.evidence,
        gaps: &collected.gaps,
        hypotheses: &findings.hypotheses,
        ruled_out: &findings.ruled_out,
        components: &allowed_components(signal, findings, &collected.evidence),
        actions: &allowed_actions(playbooks),
        runbooks: &knowledge.runbooks(&query),
        steering: knowledge.steering.as_deref(),
        team_tools: &team_tools,
        fence: &(investigator.fence)(),
    };
    let ports = Ports {
        model: &investigator.model,
        tools: &tools,
        spending: store,
        reasoning: store,
        counters: &investigator.counters,
        clock,
    };
    Some(investigator::investigate(&ports, bundle, &brief).await)
}

/// Returns `true` where this incident is among those of its application and hour that are investigated. The
/// investigator asks the same again and gets the same answer.
async fn is_admitted(
    store: &impl Spending,
    bundle: &Bundle,
    incident: &Incident,
    clock: &impl Clock,
) -> bool {
    let application = incident.application.as_deref().unwrap_or(investigator::NO_APPLICATION);
    let most = bundle.limits.investigations_per_hour;
    store.admit(incident.id, application, clock.now(), most).await.unwrap_or(false)
}
