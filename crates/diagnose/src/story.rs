//! What a human needs beside the cause: what set it off, when it began, what happened in which order, what
//! customers notice, and what would keep it from coming back. Pure: the same evidence in any order tells
//! the same story, and nothing is told that no evidence shows.

mod facts;
mod impact;
mod lasting_fix;
mod lasting_fixes;
mod timeline;
mod trigger;

use common::{Conclusion, Hypothesis, diagnosis::Story, secrets::masked};

pub use self::lasting_fixes::{InvalidLastingFixes, LastingFixes};
use crate::{
    conclude::{Case, Findings},
    text::one_line,
    view::View,
};

/// The longest that one moment, or the impact, may be.
const LINE_CHARS: usize = 240;

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
        let facts = facts::facts(&facts::Known {
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

/// A text from anywhere, fit to be kept and shown.
fn shown(text: &str, most: usize) -> String {
    one_line(&masked(text), most)
}
