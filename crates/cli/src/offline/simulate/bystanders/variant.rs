//! Defines a variant of a scenario: what was put into it, and what came of that.

use simulation::{
    Expected, Recording, Report,
    bystanders::Bystander,
    laws::{BystanderEffect, reverses},
    variations::Remedy,
};

/// One scenario as it was recorded, and its result.
pub(super) struct Scenario {
    pub(super) recording: Recording,
    pub(super) expected: Option<Expected>,
    pub(super) report: Report,
}

/// The change that was put into a recording.
pub(super) enum Addition {
    Bystander(Bystander),
    Remedy(Remedy),
}

/// A scenario with an addition.
pub(super) struct Variant<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) addition: Addition,
}

/// The result of a variant, and what it means.
pub(super) struct VariantResult<'a> {
    pub(super) variant: &'a Variant<'a>,
    pub(super) report: Report,
    /// `None` for a remedy.
    pub(super) effect: Option<BystanderEffect>,
    /// The ways in which laws are broken.
    pub(super) broken: Vec<&'static str>,
}

impl Variant<'_> {
    pub(super) fn recording(&self) -> Recording {
        let recording = &self.scenario.recording;
        match &self.addition {
            Addition::Bystander(bystander) => bystander.put_into(recording),
            Addition::Remedy(remedy) => remedy.put_into(recording).unwrap_or_else(|| recording.clone()),
        }
    }

    pub(super) fn name(&self) -> String {
        let addition = match &self.addition {
            Addition::Bystander(bystander) => bystander.name(),
            Addition::Remedy(remedy) => format!("remedy/{}", remedy.name),
        };
        format!("{} {addition}", self.scenario.recording.name)
    }
}

impl<'a> VariantResult<'a> {
    pub(super) fn new(variant: &'a Variant<'a>, report: Report) -> Self {
        let Scenario { recording, expected, report: before } = variant.scenario;
        match &variant.addition {
            Addition::Bystander(bystander) => {
                let reports = (before, &report);
                let effect = BystanderEffect::new(recording, bystander, reports, expected.as_ref());
                let broken = effect.broken();
                Self { variant, report, effect: Some(effect), broken }
            }
            Addition::Remedy(remedy) => {
                let reversed = reverses(&report, &remedy.target);
                let broken = reversed.map(|outcome| match outcome {
                    simulation::Outcome::Act => "would reverse somebody's own remedy",
                    _ => "would ask to reverse somebody's own remedy",
                });
                Self { variant, report, effect: None, broken: broken.into_iter().collect() }
            }
        }
    }
}
