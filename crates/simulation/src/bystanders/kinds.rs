//! Names the kinds, places and times of bystanders, and the reasons why one cannot exist.

use serde::Serialize;

/// The kind of a harmless change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BystanderKind {
    /// A pipeline moves the alias of a function to the next version.
    AliasMove,
    /// A person writes a parameter that a function reads.
    ParameterWrite,
    /// A pipeline deploys the next task definition of an ECS service, whose rollout completes.
    ServiceUpdate,
    /// A person stops an instance of the application that nothing depends on.
    InstanceStop,
    /// A person changes the configuration of a resource.
    ConfigurationChange,
    /// A person takes a release back that did no harm either.
    Rollback,
}

/// The place of the changed resource in the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The symptom's own component, or what it alone reads.
    Symptom,
    /// A component that the symptom's component calls, directly or through others.
    Callee,
    /// Another component of the same application.
    Elsewhere,
}

/// The time of a change, from the onset of the symptom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BystanderTiming {
    Before45,
    Before10,
    Before2,
    After2,
}

/// The reason why a bystander cannot exist in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Nothing at that place can be changed in that way.
    NoSuchResource,
    /// Every resource that could be changed is the cause of the incident, or the target of its action.
    IsTheCause,
    /// Every resource that could be changed is in the middle of a rollout or a canary.
    IsUnderChange,
    /// Every resource that could be changed belongs to another account or region.
    OfAnotherAccount,
    /// Such a change could not be harmless there.
    NotHarmless,
    /// The application of the symptom is unknown.
    NoApplication,
    /// The recording has a change of the same resource after it.
    ChangedLater,
    /// It would be made after the account was first read.
    NotYetMade,
}

impl BystanderKind {
    pub const ALL: [Self; 6] = [
        Self::AliasMove,
        Self::ParameterWrite,
        Self::ServiceUpdate,
        Self::InstanceStop,
        Self::ConfigurationChange,
        Self::Rollback,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AliasMove => "alias_move",
            Self::ParameterWrite => "parameter_write",
            Self::ServiceUpdate => "service_update",
            Self::InstanceStop => "instance_stop",
            Self::ConfigurationChange => "configuration_change",
            Self::Rollback => "rollback",
        }
    }
}

impl Place {
    pub const ALL: [Self; 3] = [Self::Symptom, Self::Callee, Self::Elsewhere];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Symptom => "symptom",
            Self::Callee => "callee",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl BystanderTiming {
    pub const ALL: [Self; 4] = [Self::Before45, Self::Before10, Self::Before2, Self::After2];

    pub const fn minutes_after_onset(self) -> i64 {
        match self {
            Self::Before45 => -45,
            Self::Before10 => -10,
            Self::Before2 => -2,
            Self::After2 => 2,
        }
    }
}

impl SkipReason {
    /// The reason for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSuchResource => "nothing there can be changed in that way",
            Self::IsTheCause => "it is the cause or the target itself",
            Self::IsUnderChange => "a rollout or a canary is under way",
            Self::OfAnotherAccount => "it belongs to another account or region",
            Self::NotHarmless => "the change could not be harmless",
            Self::NoApplication => "the application is unknown",
            Self::ChangedLater => "the recording has a later change of it",
            Self::NotYetMade => "it would come after the first look",
        }
    }
}
