//! Tests what a filed diagnosis reports beside the cause.

use common::{
    Observed,
    diagnosis::{Diagnosis, IncidentReport, LastingFix},
};
use fakes::{
    sample,
    sample_evidence::{ALICE, before},
};

use crate::{
    telemetry::two_hops,
    world::{World, block_on, diagnosis, run},
};

fn whats(story: &IncidentReport) -> Vec<&str> {
    story.timeline.iter().map(|moment| moment.what.as_str()).collect()
}

fn fix(diagnosis: &Diagnosis) -> &LastingFix {
    diagnosis.report.lasting_fix.as_ref().unwrap()
}

#[test]
fn story_of_an_overwritten_parameter_names_the_write_and_a_fix_for_parameters() {
    let world = World::with_overwritten_parameter();
    run(&world).unwrap();
    let made = diagnosis(&world, 1);
    let evidence = block_on(common::ports::CaseFile::evidence(&world.deps.store, made.incident_id)).unwrap();
    let trigger = evidence.iter().find(|one| Some(&one.id) == made.report.trigger.as_ref()).unwrap();
    assert!(matches!(&trigger.observed, Observed::Change { change } if change.event_name == "PutParameter"));
    assert_eq!(made.report.began_at, Some(sample::at()));
    assert_eq!(
        whats(&made.report),
        [&format!("PutParameter on /shop/limit by {ALICE}"), "checkout-errors is in ALARM"]
    );
    assert_eq!(made.report.impact, None, "no metric was read");
    let fix = fix(&made);
    assert!(fix.place.contains("/shop/limit") && fix.place.contains("checkout"), "{fix:#?}");
    assert!(fix.change.contains(ALICE), "{fix:#?}");
    assert!(
        fix.problem.contains("alarm checkout-errors") && fix.problem.contains("PutParameter"),
        "{fix:#?}"
    );
    assert!(fix.tests.len() >= 2 && fix.tests.iter().all(|test| !test.contains(['{', '}'])), "{fix:#?}");
    assert!(fix.evidence.contains(&trigger.id));
    assert_eq!(fix.by, "nightshift");
}

#[test]
fn story_of_a_cause_two_calls_away_has_the_onset_and_what_is_noticed() {
    let world = two_hops();
    run(&world).unwrap();
    let made = diagnosis(&world, 1);
    let began = made.report.began_at.unwrap();
    assert!(began < sample::at() && began >= before(3), "{began}");
    assert!(whats(&made.report).contains(&"the symptom began (first abnormal sample)"), "{:#?}", made.report);
    let impact = made.report.impact.as_deref().unwrap();
    assert!(impact.starts_with("About 4") && impact.contains("% of the calls to checkout fail"), "{impact}");
    assert!(impact.contains("metric Errors (Sum) is 39.5 during"), "{impact}");
    assert!(fix(&made).change.contains("CodeDeploy"), "{:#?}", fix(&made));
}
