//! Later is weaker: moving a true cause further before the onset, with good traffic in between, never raises the
//! confidence in it. What is too unlikely to explain anything counts as nothing: such confidences move with their rivals'.

use common::{Arn, FailureMode};
use jiff::SignedDuration;
use reasoning::judgement::confidence::EXPLANATION_THRESHOLD;
use simulation::{Recording, Report, variations::with_cause_earlier};

use crate::{Incident, assert_holds, in_short, incidents, simulation};

const MINUTES_EARLIER: [i64; 4] = [2, 10, 25, 45];

struct Variant {
    incident: &'static Incident,
    cause: Arn,
    mode: FailureMode,
    minutes: i64,
    recording: Recording,
}

fn variants() -> Vec<Variant> {
    let mut variants = Vec::new();
    for incident in incidents() {
        let truth = incident.expected.as_ref().and_then(|expected| expected.root_cause.as_ref());
        let Some((truth, onset)) = truth.zip(incident.report.onset) else { continue };
        for minutes in MINUTES_EARLIER {
            let by = SignedDuration::from_mins(minutes);
            let moved = with_cause_earlier(&incident.recording, &truth.component, onset, by);
            variants.extend(moved.map(|recording| Variant {
                incident,
                cause: truth.component.component(),
                mode: truth.failure_mode,
                minutes,
                recording,
            }));
        }
    }
    variants
}

/// The confidence in `component` as a cause of this mode, which is what its change brought about; 0 where it is none.
fn confidence(report: &Report, component: &Arn, mode: FailureMode) -> f64 {
    let all = report.cause.iter().chain(&report.rivals);
    all.filter(|cause| cause.component.component() == *component && cause.failure_mode == mode)
        .map(|cause| cause.confidence)
        .filter(|confidence| *confidence >= EXPLANATION_THRESHOLD)
        .fold(0.0, f64::max)
}

#[test]
fn cause_further_before_the_onset_is_never_more_likely() {
    let variants = variants();
    let reports = simulation().run_all(&variants, |variant| variant.recording.clone()).unwrap();
    let mut violations = Vec::new();
    // From one distance to the next, too.
    let mut nearer: Option<(&Incident, f64)> = None;
    for (variant, report) in variants.iter().zip(&reports) {
        let Variant { incident, cause, mode, minutes, .. } = variant;
        let same = nearer.filter(|(before, _)| std::ptr::eq(*before, *incident));
        let before =
            same.map_or_else(|| confidence(&incident.report, cause, *mode), |(_, confidence)| confidence);
        let after = confidence(report, cause, *mode);
        if after > before {
            let (name, then, now) = (&incident.recording.name, in_short(&incident.report), in_short(report));
            violations.push(format!(
                "{name}, {minutes} min earlier: confidence in {} {before} → {after}: was {then}; is {now}",
                cause.name()
            ));
        }
        nearer = Some((*incident, after));
    }
    assert_holds("later is weaker", variants.len(), &violations);
}
