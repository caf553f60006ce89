//! Reads how the incident's alarm evaluates its metric, and what it measured since the action.

use common::{
    Incident, PortError, SymptomState,
    alarm_evaluation::{AlarmEvaluation, AlarmWindow, Datapoints},
    ports::Symptoms,
};
use jiff::Timestamp;

use crate::{Input, recovery::SinceAction};

/// The facts about an alarm besides its state.
#[derive(Debug)]
pub(crate) enum AlarmCheck {
    /// Nothing was asked for or there is nothing: the state tells all.
    NotNeeded,
    Read(AlarmEvaluation),
    Failed(PortError),
}

impl AlarmCheck {
    /// Reads it where an action is verified and the alarm does not say by itself that the symptom is gone.
    pub(crate) async fn read(
        symptoms: &impl Symptoms,
        incident: &Incident,
        input: &Input,
        state: SymptomState,
        since: Timestamp,
    ) -> Self {
        if input.plan_hash.is_none() || state == SymptomState::Recovered {
            return Self::NotNeeded;
        }
        match symptoms.evaluation(&incident.signal.symptom, since).await {
            Ok(Some(evaluation)) => Self::Read(evaluation),
            Ok(None) => Self::NotNeeded,
            Err(error) => Self::Failed(error),
        }
    }

    pub(crate) const fn window(&self) -> Option<AlarmWindow> {
        match self {
            Self::Read(evaluation) => evaluation.window,
            Self::NotNeeded | Self::Failed(_) => None,
        }
    }

    pub(crate) fn since_action(&self, since: Timestamp, now: Timestamp) -> SinceAction {
        match self {
            Self::NotNeeded => SinceAction::State,
            Self::Read(evaluation) => SinceAction::Alarm(evaluation.trend(since, now)),
            Self::Failed(_) => SinceAction::ReadFailed,
        }
    }

    /// The reason why the datapoints are not known, where they should be.
    pub(crate) fn unread(&self) -> Option<String> {
        match self {
            Self::Read(AlarmEvaluation { datapoints: Datapoints::Unreadable(why), .. }) => Some(why.clone()),
            Self::Read(AlarmEvaluation { window: None, .. }) => {
                Some("the alarm does not say which periods it evaluates".to_owned())
            }
            Self::Read(_) | Self::NotNeeded => None,
            Self::Failed(error) => Some(error.to_string()),
        }
    }
}
