//! Less to see, less to do: a reading that fails never turns tell into ask or ask into act, and neither does taking away
//! evidence about what would be acted on.

use simulation::{
    Outcome, Recording, Report,
    variations::{EvidencePart, all_reads, with_unreadable, without_evidence},
};

use crate::{Incident, assert_holds, in_short, incidents, sample, simulation};

/// The most variants of each law that are run.
const MOST: usize = 300;

/// Tells whether less is done than would be told: nothing, a question, an action.
fn boldness(report: &Report) -> u8 {
    match report.boldest() {
        Outcome::Act => 2,
        Outcome::Ask => 1,
        Outcome::Escalate | Outcome::Recovered | Outcome::Ignored => 0,
    }
}

fn assert_never_bolder(law: &str, variants: &[(&Incident, String, Recording)]) {
    let reports = simulation().run_all(variants, |(.., recording)| recording.clone()).unwrap();
    let mut violations = Vec::new();
    for ((incident, what, _), after) in variants.iter().zip(&reports) {
        let before = &incident.report;
        if boldness(after) > boldness(before) {
            let (name, then, now) = (&incident.recording.name, in_short(before), in_short(after));
            violations.push(format!("{name} without {what}: was {then}; is {now}"));
        }
    }
    assert_holds(law, variants.len(), &violations);
}

#[test]
fn reading_that_fails_makes_nothing_bolder() {
    let reads = all_reads();
    let all: Vec<_> =
        incidents().iter().flat_map(|incident| reads.iter().map(move |read| (incident, read))).collect();
    let variants: Vec<_> = sample(all, MOST)
        .into_iter()
        .map(|(incident, read)| (incident, read.clone(), with_unreadable(&incident.recording, read)))
        .collect();
    assert_never_bolder("a reading that fails makes nothing bolder", &variants);
}

#[test]
fn evidence_about_the_cause_taken_away_makes_nothing_bolder() {
    let of = |incident: &'static Incident| {
        // Told causes have no action that more or less could be done of.
        let proposed = incident.report.proposed().map(|proposed| proposed.target.clone());
        let cause = incident.report.cause.iter().map(|cause| cause.component.component());
        let about: Vec<_> = proposed.into_iter().flat_map(|target| cause.clone().chain([target])).collect();
        let parts = EvidencePart::ALL.into_iter();
        parts.flat_map(move |part| {
            let about = about.clone().into_iter();
            about.filter_map(move |arn| {
                let what = format!("the {} of {}", part.as_str(), arn.name());
                Some((incident, what, without_evidence(&incident.recording, &arn, part)?))
            })
        })
    };
    let variants = sample(incidents().iter().flat_map(of).collect(), MOST);
    assert_never_bolder("evidence taken away makes nothing bolder", &variants);
}
