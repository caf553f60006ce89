//! Writes the permanent fix of one incident: the specification for its way to fail, filled with the
//! incident's facts.

use std::collections::BTreeSet;

use common::{ActorKind, EvidenceId, Hypothesis, diagnosis::LastingFix};

use super::{lasting_fixes::LastingFixes, trigger::Trigger};
use crate::{playbooks::facts::Facts, playbooks::template::Template};

/// The author, where no model is.
const AUTHOR: &str = "nightshift";

/// Returns the permanent fix; `None` where there is none for such a failure.
pub(crate) fn lasting_fix(
    fixes: &LastingFixes,
    cause: &Hypothesis,
    trigger: Option<&Trigger<'_>>,
    facts: &Facts,
) -> Option<LastingFix> {
    let answers_a_finding = trigger.is_some_and(|trigger| trigger.actor_kind == ActorKind::Security);
    let specification = if answers_a_finding {
        fixes.after_a_security_response()?
    } else {
        fixes.specification_for(cause.failure_mode, &cause.component)?
    };
    let evidence: BTreeSet<&EvidenceId> =
        cause.supports.iter().chain(trigger.map(|trigger| trigger.evidence)).collect();
    Some(LastingFix {
        problem: filled(&fixes.problem, facts).join(" "),
        evidence: evidence.into_iter().cloned().collect(),
        place: filled(&specification.place, facts).join(" "),
        change: filled(&specification.change, facts).join(" "),
        tests: filled(&specification.tests, facts),
        by: AUTHOR.to_owned(),
    })
}

/// Returns the sentences whose facts are all known, filled in.
fn filled(sentences: &[Template], facts: &Facts) -> Vec<String> {
    sentences.iter().filter_map(|sentence| sentence.exact(facts)).collect()
}
