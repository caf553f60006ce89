//! The specification of one incident: the one for how what is broken, filled with what is known.

use std::collections::BTreeSet;

use common::{EvidenceId, Hypothesis, diagnosis::LastingFix};

use super::{lasting_fixes::LastingFixes, trigger::Trigger};
use crate::{candidates::candidate_facts::Facts, playbooks::template::Template};

/// Who wrote it, where no model did.
const BY: &str = "nightshift";

/// `None` where nothing general is to be said about such a failure.
pub(crate) fn lasting_fix(
    fixes: &LastingFixes,
    cause: &Hypothesis,
    trigger: Option<&Trigger<'_>>,
    facts: &Facts,
) -> Option<LastingFix> {
    let specification = fixes.of(cause.failure_mode, &cause.component)?;
    let evidence: BTreeSet<&EvidenceId> =
        cause.supports.iter().chain(trigger.map(|trigger| trigger.evidence)).collect();
    Some(LastingFix {
        problem: filled(&fixes.problem, facts).join(" "),
        evidence: evidence.into_iter().cloned().collect(),
        place: filled(&specification.place, facts).join(" "),
        change: filled(&specification.change, facts).join(" "),
        tests: filled(&specification.tests, facts),
        by: BY.to_owned(),
    })
}

/// The sentences whose facts are all known.
fn filled(sentences: &[Template], facts: &Facts) -> Vec<String> {
    sentences.iter().filter_map(|sentence| sentence.exact(facts)).collect()
}
