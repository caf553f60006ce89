//! Each defect that is put into the model on purpose is found: a check that could not fail would say nothing.

use std::{collections::BTreeSet, sync::Arc};

use model_check::{
    bounds::{Bounds, Defect, Modes},
    machine::IncidentMachine,
    model::IncidentModel,
};
use stateright::{Checker, HasDiscoveries, Model};

const CALM: Bounds = Bounds::CALM;
const TOGETHER: Bounds = Bounds { troubles: 0, people: 0, ..Bounds::TOGETHER };

#[test]
fn defect_each_breaks_the_rule_that_it_is_about() {
    let machine = Arc::new(IncidentMachine::load());
    let mut wrong = Vec::new();
    for (defect, bounds, rule) in [
        (Defect::UndoWithoutLooking, Bounds { people: 1, ..CALM }, "no undo of another's state"),
        (Defect::UndoWithoutLooking, Bounds { troubles: 1, ..CALM }, "no unattended undo of what helps"),
        (Defect::UndoWhileItRecovers, Bounds { troubles: 1, ..CALM }, "no undo while the symptom is gone"),
        (Defect::UndoWhileItRecovers, Bounds { troubles: 1, ..CALM }, "no undo while our change rolls out"),
        (Defect::AlarmStateOnly, CALM, "no unattended undo of what helps"),
        (Defect::NoTargetLease, TOGETHER, "one hand on the target at a time"),
        (
            Defect::LeaseDiesWithItsIncident,
            Bounds { faults: 1, ..TOGETHER },
            "one hand on the target at a time",
        ),
        (Defect::FreshClientToken, Bounds { faults: 1, ..CALM }, "at most one effect per plan"),
        (Defect::EffectBeforeLedger, CALM, "the ledger before the effect"),
        (
            Defect::NoJudgement,
            Bounds { modes: Modes::Supervised, ..CALM },
            "no automation without permission",
        ),
        (Defect::NoRuleOnFailedExecutions, Bounds { faults: 1, ..CALM }, "every end is told"),
    ] {
        let breaks = |model: IncidentModel| {
            let finish = HasDiscoveries::AnyOf(BTreeSet::from([rule]));
            model.checker().finish_when(finish).spawn_bfs().join().discovery(rule).is_some()
        };
        let model = || IncidentModel::new(machine.clone(), bounds);
        if !breaks(model().with_defect(defect)) {
            wrong.push(format!("{rule}: kept with {defect:?}"));
        }
        if breaks(model()) {
            wrong.push(format!("{rule}: not kept without {defect:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
