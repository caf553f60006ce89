//! Writes the sentence about a check that people read.

use common::{
    alarm_evaluation::{AlarmWindow, Trend},
    untrusted_text::one_line,
};
use jiff::SignedDuration;

use crate::{
    alarm_check::AlarmCheck,
    recovery::{SinceAction, SymptomCheck, Timing},
    target_state::TargetState,
};

/// The longest quote of a symptom's own words.
const SYMPTOM_CHARS: usize = 300;

pub(crate) fn summary(check: &SymptomCheck<'_>, alarm: &AlarmCheck, timing: Timing) -> String {
    // The service quotes what others wrote: nothing in it may hide or turn what a person reads.
    let symptom = one_line(&check.now.summary, SYMPTOM_CHARS);
    let target = match check.target {
        TargetState::NoPlan => String::new(),
        TargetState::AsPlanned => " Target: as planned.".to_owned(),
        TargetState::Otherwise(found) => format!(" Target: {found}."),
        TargetState::Unreadable(why) => format!(" Target: unknown ({why})."),
    };
    let since_action = since_action(check, alarm, timing).map(|text| format!(" {text}")).unwrap_or_default();
    format!("Symptom: {symptom}.{since_action}{target}")
}

/// Says what the alarm measured since the action, and until when its state may lag behind that.
fn since_action(check: &SymptomCheck<'_>, alarm: &AlarmCheck, timing: Timing) -> Option<String> {
    if let Some(why) = alarm.unread() {
        return Some(format!("Datapoints since the action: unknown ({}).", one_line(&why, SYMPTOM_CHARS)));
    }
    let SinceAction::Alarm(trend) = check.since_action else { return None };
    let window = check.window?;
    let text = match trend {
        Trend::Recovering { normal_since } => {
            let until = check.started_at.checked_add(timing.end(Some(window))).ok()?;
            let end = if check.at < until {
                format!("it may stay in ALARM until {until:.0}")
            } else {
                "it should have left ALARM by now: look at its metric and its settings".to_owned()
            };
            format!(
                "Datapoints since the action: normal since {normal_since:.0}; the alarm evaluates {}, {end}.",
                evaluates(window)
            )
        }
        Trend::Breaching { .. } => "Datapoints since the action: the newest breaches.".to_owned(),
        Trend::NotMeasured => {
            format!("Datapoints since the action: none yet; the alarm evaluates {}.", evaluates(window))
        }
        // Said above.
        Trend::Unreadable { .. } => return None,
    };
    Some(text)
}

/// For example `3 of 12 periods of 5 min`.
fn evaluates(window: AlarmWindow) -> String {
    let AlarmWindow { datapoints_to_alarm, evaluation_periods, .. } = window;
    let plural = if evaluation_periods == 1 { "period" } else { "periods" };
    format!("{datapoints_to_alarm} of {evaluation_periods} {plural} of {}", length(window.period()))
}

fn length(period: SignedDuration) -> String {
    let seconds = period.as_secs();
    if seconds % 3600 == 0 {
        format!("{} h", seconds / 3600)
    } else if seconds % 60 == 0 {
        format!("{} min", seconds / 60)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_in_the_largest_whole_unit() {
        for (seconds, expected) in
            [(10, "10 s"), (60, "1 min"), (300, "5 min"), (3600, "1 h"), (5400, "90 min")]
        {
            assert_eq!(length(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
