//! Symmetry: other names, another order, another account or region and another scale change nothing.

mod renamed;

use common::Arn;
use simulation::{
    Recording, Report,
    variations::{reversed, scaled},
};

use self::renamed::{Renaming, copy};
use crate::{Incident, assert_holds, in_short, incidents, simulation};

/// The verdict, with everything in it by its place in the recording rather than by its name.
fn verdict(report: &Report, rename: impl Fn(&Arn) -> String) -> String {
    let action = report.proposed().map(|it| format!("{} on {}", it.action, rename(&it.target)));
    let cause = report
        .cause
        .as_ref()
        .map(|cause| format!("{} {}", rename(&cause.component), cause.failure_mode.as_str()));
    let (unattended, supervised) = (report.outcome.as_str(), report.supervised.outcome.as_str());
    format!("{unattended}/{supervised}, {action:?}, {cause:?}")
}

fn assert_same(law: &str, variants: &[(&Incident, Recording, Renaming)]) {
    let reports = simulation().run_all(variants, |(_, recording, _)| recording.clone()).unwrap();
    let mut violations = Vec::new();
    for ((incident, _, renaming), after) in variants.iter().zip(&reports) {
        let before = verdict(&incident.report, |arn| renaming.apply(&arn.to_string()));
        let now = verdict(after, Arn::to_string);
        if before != now {
            let (name, was, is) = (&incident.recording.name, in_short(&incident.report), in_short(after));
            violations.push(format!("{name}: was {was}; is {is}"));
        }
    }
    assert_holds(law, variants.len(), &violations);
}

fn variants(
    of: impl Fn(&Incident) -> (Recording, Renaming),
) -> Vec<(&'static Incident, Recording, Renaming)> {
    let all = incidents().iter();
    all.map(|incident| {
        let (recording, renaming) = of(incident);
        (incident, recording, renaming)
    })
    .collect()
}

#[test]
fn order_of_records_lines_and_metrics_changes_nothing() {
    let variants = variants(|incident| (reversed(&incident.recording), Renaming::default()));
    assert_same("another order changes nothing", &variants);
}

#[test]
fn scale_of_what_is_counted_makes_nothing_bolder() {
    let variants = variants(|incident| (scaled(&incident.recording, 2.0), Renaming::default()));
    let reports = simulation().run_all(&variants, |(_, recording, _)| recording.clone()).unwrap();
    let first =
        |report: &Report| report.first_place().map(|first| (first.component.clone(), first.failure_mode));
    let violations: Vec<_> = variants
        .iter()
        .zip(&reports)
        .filter(|((incident, ..), after)| {
            // Twice as many failures date the onset more exactly, and what is close to a threshold may become less sure.
            let is_bolder = after.boldest() < incident.report.boldest();
            is_bolder || first(&incident.report) != first(after)
        })
        .map(|((incident, ..), after)| {
            let (was, is) = (in_short(&incident.report), in_short(after));
            format!("{}: was {was}; is {is}", incident.recording.name)
        })
        .collect();
    assert_holds("another scale makes nothing bolder", variants.len(), &violations);
}

#[test]
fn account_and_region_change_nothing() {
    let variants = variants(|incident| {
        let renaming = Renaming::of_account_and_region(incident);
        (copy(incident, &renaming, "account"), renaming)
    });
    assert_same("another account and region change nothing", &variants);
}

#[test]
fn names_of_resources_change_nothing() {
    let variants = variants(|incident| {
        let renaming = Renaming::of_names(incident);
        (copy(incident, &renaming, "names"), renaming)
    });
    assert_same("other names change nothing", &variants);
}
