//! What a human needs beside the cause: what set it off, when it began, what happened in which order, what
//! customers notice, and what would keep it from coming back. Pure: the same evidence in any order tells
//! the same story, and nothing is told that no evidence shows.

use common::{Conclusion, Hypothesis, diagnosis::Story};

use super::{impact, lasting_fix, lasting_fixes::LastingFixes, report_facts, timeline, trigger};
use crate::{
    evidence::evidence_index::View,
    judgement::conclude::{Case, Findings},
};

/// The story of `findings`, which were concluded from `case`. `dependants` is what depends on the broken
/// component.
pub fn story(case: &Case<'_>, findings: &Findings, dependants: Vec<String>) -> Story {
    let view = View::of(case.evidence);
    // A guess has set nothing off, and nothing is to be changed for it.
    let first: Option<&Hypothesis> =
        findings.hypotheses.first().filter(|_| findings.conclusion == Conclusion::Explained);
    let beginning = timeline::beginning(case.signal, &view);
    let trigger = first.and_then(|first| trigger::trigger(case, first, beginning.at));
    let impact = impact::impact(case);
    let lasting_fix = first.and_then(|first| {
        let facts = report_facts::facts(&report_facts::Known {
            case,
            view: &view,
            first,
            began_at: beginning.at,
            trigger: trigger.as_ref(),
            impact: impact.as_deref(),
            dependants: &dependants,
        });
        lasting_fix::lasting_fix(LastingFixes::shipped(), first, trigger.as_ref(), &facts)
    });
    let trigger = trigger.map(|trigger| trigger.evidence.clone());
    Story {
        timeline: timeline::timeline(case, &view, &beginning, trigger.as_ref()),
        trigger,
        began_at: Some(beginning.at),
        blast_radius: dependants,
        impact,
        lasting_fix,
    }
}
