//! The model: incidents over one target, each an execution of the machine, in any order, with faults at any moment.

use std::sync::Arc;

use common::Status;
use stateright::{Model, Property};

use crate::{
    bounds::{Bounds, Defect, Modes},
    call::{Call, PlanName},
    decisions::{DECISIONS, Decisions},
    event::{Event, Transition},
    machine::IncidentMachine,
    properties::properties,
    rule::{Broken, Rule},
    world::{Incident, Remaining, Setting, Target, Value, World},
};

/// The model of the incident machine with the store's, SSM's and people's transitions.
#[derive(Debug)]
pub struct IncidentModel {
    pub(crate) machine: Arc<IncidentMachine>,
    pub(crate) decisions: &'static Decisions,
    pub(crate) bounds: Bounds,
    pub(crate) defect: Option<Defect>,
}

impl IncidentModel {
    pub fn new(machine: Arc<IncidentMachine>, bounds: Bounds) -> Self {
        Self { machine, decisions: &DECISIONS, bounds, defect: None }
    }

    #[must_use]
    pub fn with_defect(self, defect: Defect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn is_well_ended(world: &World) -> bool {
        world.incidents.iter().all(|incident| {
            matches!(incident.position.call, Call::Ended(_)) && incident.is_told && incident.status.is_end()
        })
    }
}

impl Model for IncidentModel {
    type State = World;
    type Action = Transition;

    fn init_states(&self) -> Vec<World> {
        let (faults, troubles, people) = (self.bounds.faults, self.bounds.troubles, self.bounds.people);
        let present = Incident::new(self.machine.start());
        let absent = Incident {
            position: self.machine.dead,
            is_told: true,
            status: Status::Escalated,
            is_firing: false,
            ..present.clone()
        };
        let second = if self.bounds.incidents == 2 { present.clone() } else { absent };
        let mut worlds = Vec::new();
        for helps in [Some(PlanName::First), Some(PlanName::Second), None] {
            for is_autonomous in [true, false] {
                for undo_returns_to_fault in [true, false] {
                    let is_checked = match self.bounds.modes {
                        Modes::Autonomous => is_autonomous,
                        Modes::Supervised => !is_autonomous,
                        Modes::Both => true,
                    };
                    if !is_checked || (helps == Some(PlanName::Second) && !self.bounds.second_plan) {
                        continue;
                    }
                    worlds.push(World {
                        incidents: [present.clone(), second.clone()],
                        target: Target { value: Value::Fault, revision: 0, is_rolling_out: false },
                        holder: None,
                        remaining: Remaining { faults, troubles, people },
                        setting: Setting { helps, is_autonomous, undo_returns_to_fault },
                        broken: Broken::default(),
                    });
                }
            }
        }
        worlds
    }

    fn actions(&self, world: &World, out: &mut Vec<Transition>) {
        if world.broken != Broken::default() {
            return;
        }
        for incident in 0..self.bounds.incidents {
            self.incident(world, incident, out);
        }
        self.environment(world, out);
        if out.is_empty() && !Self::is_well_ended(world) {
            let mut next = world.clone();
            next.require(false, Rule::NoSilentEnd);
            out.push(Transition { event: Event::NothingMoves, next });
        }
    }

    fn next_state(&self, _: &World, transition: Transition) -> Option<World> {
        Some(transition.next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}
