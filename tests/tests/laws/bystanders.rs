//! A bystander changes nothing: it may turn act into ask, and never tell or ask into act; nothing acts on it; where its
//! alibi can be read, the first place stays.

use simulation::{
    Share,
    bystanders::{Bystander, Bystanders},
    laws::BystanderEffect,
    variations::{all_reads, with_unreadable},
};

use crate::{Incident, assert_holds, in_short, incidents, sample, simulation};

/// The most variants that are run.
const MOST: usize = 400;

/// The least share of what was right that must stay right, in percent. What it falls short of all by: a change with a minute
/// or two of good service before the fault is asked about, because a true cause may look the same.
const LEAST_STAYS_RIGHT: u32 = 90;

fn variants() -> Vec<(&'static Incident, Bystander)> {
    let of = |incident: &'static Incident| {
        let Incident { recording, report, expected, .. } = incident;
        let bystanders = Bystanders::new(recording, report, expected.as_ref());
        bystanders.all.into_iter().map(move |bystander| (incident, bystander))
    };
    sample(incidents().iter().flat_map(of).collect(), MOST)
}

#[test]
fn bystander_is_never_acted_on_and_makes_nothing_bolder() {
    let variants = variants();
    let reports = simulation()
        .run_all(&variants, |(incident, bystander)| bystander.put_into(&incident.recording))
        .unwrap();
    let (mut violations, mut stays_right) = (Vec::new(), Share::default());
    for ((incident, bystander), after) in variants.iter().zip(&reports) {
        let Incident { recording, report: before, expected, .. } = incident;
        let effect = BystanderEffect::new(recording, bystander, (before, after), expected.as_ref());
        if effect.was_right {
            stays_right.count(effect.stays_right);
        }
        let broken = effect.broken();
        if !broken.is_empty() {
            let (then, now) = (in_short(before), in_short(after));
            violations.push(format!(
                "{} {}: {}: was {then}; is {now}",
                recording.name,
                bystander.name(),
                broken.join(", ")
            ));
        }
    }
    println!("what was right stays right: {stays_right:?}");
    assert_holds("a bystander changes nothing", variants.len(), &violations);
    assert!(stays_right.percent().is_none_or(|share| share >= LEAST_STAYS_RIGHT), "{stays_right:?}");
}

/// Metrics that cannot be read clear nothing, and nothing that they could clear is acted on.
#[test]
fn bystander_whose_metrics_cannot_be_read_is_never_acted_on() {
    const METRICS: &str = "Metrics::series";
    assert!(all_reads().iter().any(|read| read == METRICS), "{:?}", all_reads());
    let unreadable = |(incident, bystander): &(&Incident, Bystander)| {
        with_unreadable(&bystander.put_into(&incident.recording), METRICS)
    };
    let variants: Vec<_> = sample(variants(), MOST / 2);
    let reports = simulation().run_all(&variants, unreadable).unwrap();
    let mut violations = Vec::new();
    for ((incident, bystander), after) in variants.iter().zip(&reports) {
        let Incident { recording, report: before, expected, .. } = incident;
        let effect = BystanderEffect::new(recording, bystander, (before, after), expected.as_ref());
        if effect.acts_on_bystander || effect.became_act || effect.forbidden_would_run {
            violations.push(format!("{} {}: is {}", recording.name, bystander.name(), in_short(after)));
        }
    }
    assert_holds("metrics that cannot be read clear nothing", variants.len(), &violations);
}

/// A law over nothing would hold.
#[test]
fn bystanders_of_each_kind_place_and_time_exist() {
    use simulation::bystanders::{BystanderKind, BystanderTiming, Place};
    let mut all = Vec::new();
    for incident in incidents() {
        let Incident { recording, report, expected, .. } = incident;
        let bystanders = Bystanders::new(recording, report, expected.as_ref());
        let combinations = BystanderKind::ALL.len() * Place::ALL.len() * BystanderTiming::ALL.len();
        let listed = bystanders.all.len() + bystanders.skipped.len();
        assert!(listed == combinations || listed == 0, "{}: {listed}", recording.name);
        for bystander in &bystanders.all {
            let changed = bystander.put_into(recording);
            assert!(changed.records.len() > recording.records.len(), "{}", bystander.name());
            assert_eq!(changed.lines, recording.lines, "{}", bystander.name());
            let again = Bystanders::new(recording, report, expected.as_ref());
            assert!(again.all.contains(bystander), "{}", bystander.name());
        }
        all.extend(bystanders.all);
    }
    for kind in BystanderKind::ALL {
        assert!(all.iter().any(|one| one.kind == kind), "{}", kind.as_str());
    }
    for place in Place::ALL {
        assert!(all.iter().any(|one| one.place == place), "{}", place.as_str());
    }
    for timing in BystanderTiming::ALL {
        assert!(all.iter().any(|one| one.timing == timing), "{}", timing.minutes_after_onset());
    }
}
