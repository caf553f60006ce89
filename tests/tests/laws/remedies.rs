//! A remedy is not undone: what a person or a pipeline put back, before or after the alarm, is never reversed.

use simulation::{
    laws::reverses,
    variations::{Remedy, remedies},
};

use crate::{Incident, assert_holds, in_short, incidents, simulation};

fn variants() -> Vec<(&'static Incident, Remedy)> {
    let of = |incident: &'static Incident| {
        let targets: Vec<_> = match &incident.expected {
            Some(expected) => expected.acceptable_actions.iter().map(|action| &action.target).collect(),
            None => incident.report.proposal.iter().map(|proposal| &proposal.target).collect(),
        };
        let found = targets
            .into_iter()
            .flat_map(|target| remedies(&incident.recording, target, incident.report.onset));
        found.map(move |remedy| (incident, remedy))
    };
    incidents().iter().flat_map(of).collect()
}

#[test]
fn remedy_of_somebody_else_is_never_reversed() {
    let variants = variants();
    let mended = |(incident, remedy): &(&Incident, Remedy)| remedy.put_into(&incident.recording).unwrap();
    let reports = simulation().run_all(&variants, mended).unwrap();
    let mut violations = Vec::new();
    for ((incident, remedy), report) in variants.iter().zip(&reports) {
        if let Some(outcome) = reverses(report, &remedy.target) {
            let (name, outcome) = (&incident.recording.name, outcome.as_str());
            violations.push(format!(
                "{name}, put back by a {}: {outcome}: {}",
                remedy.name,
                in_short(report)
            ));
        }
    }
    assert_holds("a remedy is not undone", variants.len(), &violations);
}
