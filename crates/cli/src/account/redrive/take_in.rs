//! Takes the events of dead letters in again, and deletes the letters that are needed no more.
//!
//! A letter that another one replaces is deleted too: the intake puts an event that failed once more into the queue
//! itself, and what lies there twice is taken in once.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Fate,
    letter::{Content, Letter},
};
use crate::failure::Failure;

/// All events together are waited for so long. The intake records an event within seconds, unless it is throttled.
const RECORDED_WITHIN: Duration = Duration::from_mins(1);
const POLL_EVERY: Duration = Duration::from_secs(1);

/// A queue of letters. One that was received is hidden from others until it is deleted or released, or for some minutes.
pub(super) trait LetterQueue {
    async fn receive_all(&self) -> Result<Vec<Letter>, Failure>;
    async fn delete(&self, letter: &Letter) -> Result<(), Failure>;
    async fn release(&self, letter: &Letter) -> Result<(), Failure>;
}

/// The intake that events are taken in by.
pub(super) trait Intake {
    /// Gives an event to the intake once more; nothing where the letter holds none.
    async fn replay(&self, letter: &Letter) -> Result<(), Failure>;

    /// Returns the letter's fate, `None` where the intake has not recorded its event yet.
    async fn fate(&self, letter: &Letter) -> Result<Option<Fate>, Failure>;
}

/// Takes in the events of `letters`, which were received from `queue`; the intake puts one that fails again into
/// `intake_queue`. What fails about one letter is its fate, and the others are gone on with.
pub(super) async fn take_in(
    queue: &impl LetterQueue,
    intake_queue: &impl LetterQueue,
    intake: &impl Intake,
    letters: Vec<Letter>,
) -> Vec<(Letter, Fate)> {
    let known: Vec<String> = letters.iter().map(|letter| letter.message_id.clone()).collect();
    let (letters, surplus) = newest_of_each_event(letters);
    let mut answered = Vec::new();
    for letter in surplus {
        let fate = settled(queue, &letter, Fate::Duplicate).await;
        answered.push((letter, fate));
    }
    // All are replayed first, and then looked for: they are taken in at the same time.
    let mut waiting = Vec::new();
    for letter in letters {
        let fate =
            intake.replay(&letter).await.err().map(|failure| Fate::Left { reason: failure.to_string() });
        waiting.push((letter, fate));
    }
    wait(intake, &mut waiting).await;
    let copies = if waiting.iter().any(|(_, fate)| fate.is_none()) {
        new_copies(intake_queue, &known).await
    } else {
        BTreeMap::new()
    };
    for (letter, fate) in waiting {
        let fate = match (fate, copies.get(letter.content.id())) {
            (Some(fate), _) => fate,
            (None, Some(reason)) => Fate::FailedAgain { reason: reason.clone() },
            (None, None) => Fate::Left {
                reason: format!("the intake has not recorded event {} within a minute", letter.content.id()),
            },
        };
        let fate = settled(queue, &letter, fate).await;
        answered.push((letter, fate));
    }
    answered
}

/// Parts the letters, oldest first, into the newest of each event, with all that hold none, and the others.
fn newest_of_each_event(letters: Vec<Letter>) -> (Vec<Letter>, Vec<Letter>) {
    let event = |letter: &Letter| match &letter.content {
        Content::Event { event_id, .. } => Some(event_id.clone()),
        _ => None,
    };
    let newest: BTreeMap<_, _> =
        letters.iter().filter_map(|letter| Some((event(letter)?, letter.message_id.clone()))).collect();
    letters
        .into_iter()
        .partition(|letter| event(letter).is_none_or(|event| newest.get(&event) == Some(&letter.message_id)))
}

/// Waits until each letter has its fate, at most for the time that all have together.
async fn wait(intake: &impl Intake, letters: &mut [(Letter, Option<Fate>)]) {
    let deadline = tokio::time::Instant::now() + RECORDED_WITHIN;
    loop {
        for (letter, fate) in letters.iter_mut().filter(|(_, fate)| fate.is_none()) {
            *fate = intake
                .fate(letter)
                .await
                .unwrap_or_else(|failure| Some(Fate::Left { reason: failure.to_string() }));
        }
        if letters.iter().all(|(_, fate)| fate.is_some()) || tokio::time::Instant::now() >= deadline {
            return;
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

/// Returns why the events failed that lie in the queue in letters which are not `known`, by their ids. The new letters stay there.
async fn new_copies(queue: &impl LetterQueue, known: &[String]) -> BTreeMap<String, String> {
    // What is not found here lies there twice, and is taken in once by the next run.
    let found = queue.receive_all().await.unwrap_or_default();
    let mut copies = BTreeMap::new();
    for letter in found.iter().filter(|letter| !known.contains(&letter.message_id)) {
        // It becomes visible by itself where this fails.
        let _ = queue.release(letter).await;
        copies.insert(letter.content.id().to_owned(), letter.reason.clone());
    }
    copies.remove("");
    copies
}

/// Deletes the letter or leaves it in its queue, by its fate; says so where that failed.
async fn settled(queue: &impl LetterQueue, letter: &Letter, fate: Fate) -> Fate {
    let (done, what) = match fate {
        Fate::TakenIn | Fate::NotNeeded | Fate::Duplicate | Fate::FailedAgain { .. } => {
            (queue.delete(letter).await, "deleted")
        }
        Fate::Waiting | Fate::Left { .. } => (queue.release(letter).await, "released"),
    };
    match (done, fate) {
        (Ok(()), fate) => fate,
        (Err(failure), Fate::Left { reason }) => {
            Fate::Left { reason: format!("{reason}; the letter could not be {what}: {failure}") }
        }
        (Err(failure), fate) => {
            Fate::Left { reason: format!("{}, but the letter could not be {what}: {failure}", fate.words()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use fakes::sample;

    use super::*;

    fn letter(message_id: &str, event: &str, minutes: i64) -> Letter {
        Letter {
            queue: "nightshift-intake".to_owned(),
            receipt: format!("receipt of {message_id}"),
            message_id: message_id.to_owned(),
            sent_at: Some(sample::at() + jiff::SignedDuration::from_mins(minutes)),
            reason: "Port.Denied".to_owned(),
            content: Content::read(&format!(r#"{{"id":"{event}","source":"aws.ec2","detail-type":"X"}}"#)),
        }
    }

    /// Keeps what was done with the letters, and fails for those of one message.
    #[derive(Default)]
    struct Fake {
        arrives: Vec<Letter>,
        fails: Option<&'static str>,
        recorded: Vec<&'static str>,
        done: Mutex<Vec<String>>,
    }

    impl Fake {
        fn act(&self, what: &str, letter: &Letter) -> Result<(), Failure> {
            if self.fails == Some(letter.message_id.as_str()) {
                return Err(Failure::Operation("ReceiptHandleIsInvalid".to_owned()));
            }
            self.done.lock().unwrap().push(format!("{what} {}", letter.message_id));
            Ok(())
        }

        fn done(&self) -> Vec<String> {
            let mut done = self.done.lock().unwrap().clone();
            done.sort();
            done
        }
    }

    impl LetterQueue for Fake {
        async fn receive_all(&self) -> Result<Vec<Letter>, Failure> {
            Ok(self.arrives.clone())
        }

        async fn delete(&self, letter: &Letter) -> Result<(), Failure> {
            self.act("delete", letter)
        }

        async fn release(&self, letter: &Letter) -> Result<(), Failure> {
            self.act("release", letter)
        }
    }

    impl Intake for Fake {
        async fn replay(&self, letter: &Letter) -> Result<(), Failure> {
            self.done.lock().unwrap().push(format!("replay {}", letter.content.id()));
            Ok(())
        }

        async fn fate(&self, letter: &Letter) -> Result<Option<Fate>, Failure> {
            Ok(self.recorded.contains(&letter.content.id()).then_some(Fate::TakenIn))
        }
    }

    fn fates(answered: &[(Letter, Fate)]) -> Vec<(&str, &Fate)> {
        answered.iter().map(|(letter, fate)| (letter.message_id.as_str(), fate)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn take_in_event_that_lies_there_twice_is_replayed_once_and_one_letter_is_enough() {
        let fake = Fake { recorded: vec!["e-1"], ..Fake::default() };
        let letters = vec![letter("m-1", "e-1", 0), letter("m-2", "e-1", 5)];
        let answered = take_in(&fake, &fake, &fake, letters).await;
        assert_eq!(fates(&answered), [("m-1", &Fate::Duplicate), ("m-2", &Fate::TakenIn)]);
        assert_eq!(fake.done(), ["delete m-1", "delete m-2", "replay e-1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn take_in_event_that_failed_again_leaves_the_new_letter_and_no_other() {
        let fake = Fake { arrives: vec![letter("m-9", "e-1", 7)], ..Fake::default() };
        let answered = take_in(&fake, &fake, &fake, vec![letter("m-1", "e-1", 0)]).await;
        let again = Fate::FailedAgain { reason: "Port.Denied".to_owned() };
        assert_eq!(fates(&answered), [("m-1", &again)]);
        assert_eq!(fake.done(), ["delete m-1", "release m-9", "replay e-1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn take_in_event_of_another_queue_that_failed_again_is_found_in_the_queue_of_the_intake() {
        let (rule, intake) =
            (Fake::default(), Fake { arrives: vec![letter("m-9", "e-1", 7)], ..Fake::default() });
        let answered = take_in(&rule, &intake, &rule, vec![letter("m-1", "e-1", 0)]).await;
        let again = Fate::FailedAgain { reason: "Port.Denied".to_owned() };
        assert_eq!(fates(&answered), [("m-1", &again)]);
        assert_eq!(
            (rule.done(), intake.done()),
            (vec!["delete m-1".to_owned(), "replay e-1".to_owned()], vec!["release m-9".to_owned()])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn take_in_many_events_that_are_not_recorded_takes_a_minute_in_all() {
        let fake = Fake { arrives: vec![letter("m-99", "other", 7)], ..Fake::default() };
        let letters = (0..10).map(|number| letter(&format!("m-{number}"), &format!("e-{number}"), number));
        let begun = tokio::time::Instant::now();
        let answered = take_in(&fake, &fake, &fake, letters.collect()).await;
        assert_eq!(begun.elapsed(), RECORDED_WITHIN);
        assert!(answered.iter().all(|(_, fate)| matches!(fate, Fate::Left { .. })));
        assert_eq!(fake.done().iter().filter(|done| done.starts_with("release")).count(), 11);
    }

    #[tokio::test(start_paused = true)]
    async fn take_in_letter_that_cannot_be_settled_stops_no_other() {
        let fake = Fake { fails: Some("m-1"), recorded: vec!["e-1", "e-2"], ..Fake::default() };
        let answered =
            take_in(&fake, &fake, &fake, vec![letter("m-1", "e-1", 0), letter("m-2", "e-2", 1)]).await;
        let Fate::Left { reason } = &answered[0].1 else { panic!("{answered:?}") };
        assert!(reason.starts_with("taken in, but the letter could not be deleted: "), "{reason}");
        assert_eq!(answered[1].1, Fate::TakenIn);
    }
}
