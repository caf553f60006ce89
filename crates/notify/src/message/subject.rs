//! Writes the subject: the one line that is read on a locked screen.

use common::{Incident, Severity, notification::Occasion, secrets::masked, untrusted_text::one_line};

use crate::Input;

/// SNS takes subjects of less than 100 ASCII characters.
const MAX_CHARS: usize = 99;
const MAX_APPLICATION_CHARS: usize = 30;

/// Renders `[sev3] Resolved: <what> (<application>)`, after `[DRILL] ` where it is one.
pub(crate) fn subject(input: &Input, incident: Option<&Incident>, severity: Option<Severity>) -> String {
    let occasion = match input.occasion {
        Occasion::Preliminary => "Preliminary",
        Occasion::ApprovalNeeded => "Approval needed",
        Occasion::Resolved => "Resolved",
        Occasion::Escalated => "Escalated",
        Occasion::ExecutionBroken => "Escalated, Nightshift failed",
        Occasion::NotMoving => "No progress",
        Occasion::StillFiring => "Still firing",
        Occasion::Flapping => "Flapping",
        Occasion::Closed => "Closed",
        Occasion::TakenOver => "Taken over",
    };
    let (before, what, after) = match incident {
        None => (format!("{occasion}: "), format!("incident {}", input.incident_id), String::new()),
        Some(incident) => {
            let drill = if incident.signal.drill { "[DRILL] " } else { "" };
            let application = incident.application.as_deref().unwrap_or("unknown application");
            (
                format!("{drill}[{}] {occasion}: ", severity.unwrap_or_else(|| incident.worst_severity())),
                ascii(&masked(&incident.signal.title)),
                format!(" ({})", shortened(&ascii(application), MAX_APPLICATION_CHARS)),
            )
        }
    };
    let room = MAX_CHARS.saturating_sub(before.len()).saturating_sub(after.len());
    format!("{before}{}{after}", shortened(&what, room))
}

/// Returns the text on one line, with `?` for each character that is not ASCII.
fn ascii(text: &str) -> String {
    let line = one_line(text, 200).replace('…', "...");
    line.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

fn shortened(ascii: &str, max: usize) -> String {
    if ascii.len() <= max {
        return ascii.to_owned();
    }
    let kept: String = ascii.chars().take(max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn input(occasion: Occasion) -> Input {
        Input::new(occasion, sample::incident().id)
    }

    #[test]
    fn subject_table() {
        let mut incident = sample::incident();
        incident.signal.title = "Alarm checkout-errors".into();
        for (occasion, expected) in [
            (Occasion::Preliminary, "[sev3] Preliminary: Alarm checkout-errors (petshop)"),
            (Occasion::ApprovalNeeded, "[sev3] Approval needed: Alarm checkout-errors (petshop)"),
            (Occasion::Resolved, "[sev3] Resolved: Alarm checkout-errors (petshop)"),
            (Occasion::Escalated, "[sev3] Escalated: Alarm checkout-errors (petshop)"),
            (Occasion::NotMoving, "[sev3] No progress: Alarm checkout-errors (petshop)"),
            (Occasion::StillFiring, "[sev3] Still firing: Alarm checkout-errors (petshop)"),
            (Occasion::Closed, "[sev3] Closed: Alarm checkout-errors (petshop)"),
            (Occasion::TakenOver, "[sev3] Taken over: Alarm checkout-errors (petshop)"),
            (
                Occasion::ExecutionBroken,
                "[sev3] Escalated, Nightshift failed: Alarm checkout-errors (petshop)",
            ),
        ] {
            assert_eq!(subject(&input(occasion), Some(&incident), None), expected);
        }
        incident.signal.drill = true;
        assert_eq!(
            subject(&input(Occasion::Resolved), Some(&incident), None),
            "[DRILL] [sev3] Resolved: Alarm checkout-errors (petshop)"
        );
        assert_eq!(
            subject(&input(Occasion::Escalated), None, None),
            format!("Escalated: incident {}", incident.id)
        );
    }

    proptest! {
        #[test]
        fn subject_of_any_title_is_what_sns_takes_and_names_the_application(
            title in any::<String>(),
            application in prop::option::of(any::<String>()),
            drill in any::<bool>(),
        ) {
            let mut incident = sample::incident();
            incident.signal.title = title;
            incident.signal.drill = drill;
            incident.application = application;
            let subject = subject(&input(Occasion::ExecutionBroken), Some(&incident), None);
            prop_assert!(subject.len() < 100, "{}", subject.len());
            prop_assert!(subject.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
            prop_assert!(subject.ends_with(')') && subject.contains("[sev3] Escalated"));
            prop_assert_eq!(subject.starts_with("[DRILL] "), drill);
        }
    }
}
