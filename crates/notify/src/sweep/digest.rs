//! Decides when people are told again of events that became no incident, and writes the message. Pure.

use std::collections::BTreeMap;

use common::{
    notification::Message,
    ports::{Digest, RejectedEvent, WaitingLetters},
    secrets::masked,
    untrusted_text::one_line,
};
use jiff::{SignedDuration, Timestamp};

use crate::message::time;

/// Rejected events are told at most this often.
const REJECTED_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// Dead letters are told again this often while they lie there. The queues' alarms tell of new ones at once.
const DEAD_LETTERS_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// The first sweep looks this far back for rejected events.
const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// An event is listed by the time at which it was rejected, and the write may come this much later: the intake tries for
/// at most five minutes. Only older ones are told, because none can still come before them.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_mins(6);
const MAX_LINES: usize = 10;
const MAX_REASON_CHARS: usize = 300;

/// Returns the time up to which rejected events have been told.
pub(crate) fn told_through(last: Option<&Digest>, now: Timestamp) -> Timestamp {
    last.map_or_else(|| now.saturating_sub(FIRST_LOOK_BACK).unwrap_or(now), |digest| digest.rejected_through)
}

/// Returns the message that is due, if one is, and the state to keep once it is sent.
pub(crate) fn digest(
    last: Option<&Digest>,
    waiting: &[WaitingLetters],
    rejected: &[RejectedEvent],
    now: Timestamp,
) -> (Option<Message>, Digest) {
    let settled: Vec<_> =
        rejected.iter().filter(|event| now.duration_since(event.at) >= LISTED_WITHIN).cloned().collect();
    let rejected = settled.as_slice();
    let told_at = last.and_then(|digest| digest.told_at);
    let waits = waiting.iter().any(|letters| letters.count > 0);
    let known_since = last.and_then(|digest| digest.dead_letters_since);
    let dead_letters_since = waits.then(|| known_since.unwrap_or(now));
    let ago = |limit| told_at.is_none_or(|told| now.duration_since(told) >= limit);
    let is_due = (!rejected.is_empty() && ago(REJECTED_EVERY))
        || (waits && ago(DEAD_LETTERS_EVERY))
        || (waits && known_since.is_none() && ago(REJECTED_EVERY));
    if !is_due {
        let rejected_through = told_through(last, now);
        return (None, Digest { told_at, rejected_through, dead_letters_since });
    }
    let rejected_through =
        rejected.iter().map(|event| event.at).max().unwrap_or_else(|| told_through(last, now));
    let state = Digest { told_at: Some(now), rejected_through, dead_letters_since };
    (Some(message(waiting, rejected, dead_letters_since)), state)
}

fn message(waiting: &[WaitingLetters], rejected: &[RejectedEvent], since: Option<Timestamp>) -> Message {
    let letters: u64 = waiting.iter().map(|letters| letters.count).fold(0, u64::saturating_add);
    let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let events = u64::try_from(rejected.len()).unwrap_or(u64::MAX);
    let parts: Vec<_> = [(letters, "dead letter"), (events, "rejected event")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, one)| counted(count, one))
        .collect();
    let mut body = vec![
        "Events reached Nightshift and became no incident. Something may be broken that nobody is \
                         looking at."
            .to_owned(),
    ];
    if let Some(since) = since {
        body.push(format!("\nDead letters, waiting since {} or longer", time(since)));
        let queues = waiting.iter().filter(|letters| letters.count > 0);
        body.extend(queues.map(|letters| format!("- {} in {}", letters.count, one_line(&letters.queue, 80))));
    }
    if !rejected.is_empty() {
        body.push("\nRejected events, of kinds that Nightshift should understand".to_owned());
        body.extend(by_reason(rejected));
    }
    body.push("\nNext step".to_owned());
    if letters > 0 {
        body.push("- Read them: nightshift redrive".to_owned());
        body.push("- Take them in again once the cause is fixed: nightshift redrive --execute".to_owned());
    }
    if events > 0 {
        body.push(
            "- Check what the rejected events are about: each is stored under its id in the table of the stack"
                .to_owned(),
        );
    }
    Message {
        subject: format!("Nightshift: {} without an incident", parts.join(", ")),
        body: body.join("\n"),
    }
}

/// One line for each family and reason, the most frequent first.
fn by_reason(rejected: &[RejectedEvent]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&RejectedEvent>> = BTreeMap::new();
    for event in rejected {
        groups.entry((&event.family, &event.reason)).or_default().push(event);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, events)| std::cmp::Reverse(events.len()));
    let more = groups.len().saturating_sub(MAX_LINES);
    let mut lines: Vec<_> = groups
        .into_iter()
        .take(MAX_LINES)
        .filter_map(|((family, reason), events)| {
            let last = events.iter().max_by_key(|event| event.at)?;
            let reason = one_line(&masked(reason), MAX_REASON_CHARS);
            let family = one_line(family, 120);
            Some(format!(
                "- {} × {family}: {reason} (the last at {}, event {})",
                events.len(),
                time(last.at),
                last.event_id
            ))
        })
        .collect();
    if more > 0 {
        lines.push(format!("- and {more} other reasons"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use fakes::sample;
    use proptest::prelude::*;

    use super::*;

    fn letters(count: u64) -> Vec<WaitingLetters> {
        vec![WaitingLetters { queue: "nightshift-intake".into(), count }]
    }

    fn rejected(id: &str, minutes: i64) -> RejectedEvent {
        RejectedEvent {
            event_id: id.parse().unwrap(),
            family: "aws.ecs, ECS Deployment State Change".into(),
            reason: "detail.eventName: missing".into(),
            at: after(minutes),
        }
    }

    fn after(minutes: i64) -> Timestamp {
        sample::at() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn digest_of_nothing_is_no_message() {
        let (message, state) = digest(None, &letters(0), &[], after(0));
        assert_eq!(message, None);
        assert_eq!((state.told_at, state.dead_letters_since), (None, None));
    }

    #[test]
    fn digest_tells_dead_letters_again_while_they_lie_there() {
        let mut last = None;
        let mut told = Vec::new();
        for minutes in (0..24 * 60).step_by(5) {
            let waiting = letters(u64::from(minutes < 13 * 60) * 2);
            let (message, state) = digest(last.as_ref(), &waiting, &[], after(minutes));
            if let Some(message) = message {
                assert!(message.body.contains("2 in nightshift-intake"), "{}", message.body);
                assert!(message.body.contains("nightshift redrive --execute"));
                assert_eq!(message.subject, "Nightshift: 2 dead letters without an incident");
                told.push(minutes);
            }
            last = Some(state);
        }
        assert_eq!(told, [0, 6 * 60, 12 * 60]);
        assert_eq!(last.unwrap().dead_letters_since, None);
    }

    #[test]
    fn digest_names_family_reason_and_count_of_rejected_events() {
        let events = [rejected("e-1", -15), rejected("e-2", -7), rejected("e-3", -5)];
        let (message, state) = digest(None, &letters(0), &events, after(0));
        let body = message.unwrap().body;
        let line = "- 2 × aws.ecs, ECS Deployment State Change: detail.eventName: missing (the last at";
        assert!(body.contains(line) && body.contains("event e-2"), "{body}");
        assert_eq!(
            state.rejected_through,
            after(-7),
            "one that was written late may still come before the third"
        );
    }

    proptest! {
        /// Each rejected event is told exactly once, however late its write came, and there is at most one message in an
        /// hour.
        #[test]
        fn digest_tells_every_rejected_event_once_and_not_too_often(
            events in prop::collection::btree_map(0i64..600, 0i64..=5, 0..40),
        ) {
            let events: Vec<_> = events
                .into_iter()
                .map(|(minutes, late)| (rejected(&format!("e-{minutes}"), minutes), after(minutes + late)))
                .collect();
            let mut last: Option<Digest> = None;
            let (mut told, mut messages) = (Vec::new(), Vec::new());
            for minutes in (0..800).step_by(5) {
                let now = after(minutes);
                let through = told_through(last.as_ref(), now);
                let listed: Vec<_> = events
                    .iter()
                    .filter(|(event, written_at)| event.at > through && *written_at <= now)
                    .map(|(event, _)| event.clone())
                    .collect();
                let (message, state) = digest(last.as_ref(), &letters(0), &listed, now);
                if let Some(message) = message {
                    let new: Vec<_> =
                        listed.into_iter().filter(|event| event.at <= state.rejected_through).collect();
                    let counted = format!("{} rejected event", new.len());
                    prop_assert!(message.subject.contains(&counted), "{}", message.subject);
                    told.extend(new);
                    messages.push(minutes);
                }
                last = Some(state);
            }
            prop_assert_eq!(told, events.into_iter().map(|(event, _)| event).collect::<Vec<_>>());
            prop_assert!(messages.windows(2).all(|pair| pair[1] - pair[0] >= 60));
        }

        #[test]
        fn digest_of_any_text_is_what_sns_takes(reason in any::<String>(), family in any::<String>()) {
            let event = RejectedEvent { reason, family, ..rejected("e-1", -10) };
            let (message, _) = digest(None, &letters(u64::MAX), &[event], after(0));
            let message = message.unwrap();
            prop_assert!(message.subject.len() < 100 && message.subject.is_ascii());
        }
    }
}
