//! `nightshift redrive` shows the dead letters of both queues, and with `--execute` takes their events in again.
//!
//! A letter is deleted only once its event is recorded, or lies there in another letter. An event is recorded by its id,
//! so one that was taken in before changes nothing; one that fails again is put into the queue again by the intake itself.

mod letter;
mod queue;
mod take_in;

use aws::store::DynamoStore;
use common::ports::{Deliveries as _, Incidents as _, Intake as _};
use jiff::Timestamp;
use serde::Serialize;

use self::{
    letter::{Content, Letter},
    queue::Queue,
    take_in::{LetterQueue as _, take_in},
};
use crate::{
    Answer,
    account::{aws_failure, session, stack::Stack},
    arguments::{Format, RedriveArgs},
    failure::Failure,
    output::{plain, table::table},
};

/// The result for one dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Fate {
    /// It lies in its queue.
    Waiting,
    /// Its event is recorded, and it was deleted.
    TakenIn,
    /// Its request was already fulfilled in another way, so the letter was deleted.
    NotNeeded,
    /// Its event lies in the queue in a newer letter, so this one was deleted.
    Duplicate,
    /// Its event failed again for this reason and lies in the queue in a new letter, so this one was deleted.
    FailedAgain { reason: String },
    /// It lies in its queue still.
    Left { reason: String },
}

impl Fate {
    fn words(&self) -> String {
        match self {
            Self::Waiting => "waiting".to_owned(),
            Self::TakenIn => "taken in".to_owned(),
            Self::NotNeeded => "not needed any more".to_owned(),
            Self::Duplicate => "deleted: a newer letter holds the same event".to_owned(),
            Self::FailedAgain { reason } => format!("failed again, and is in a new letter: {reason}"),
            Self::Left { reason } => format!("left: {reason}"),
        }
    }
}

#[derive(Serialize)]
struct LetterJson<'a> {
    queue: &'a str,
    sent_at: Option<Timestamp>,
    family: &'a str,
    id: &'a str,
    reason: &'a str,
    #[serde(flatten)]
    fate: &'a Fate,
}

pub(crate) async fn run(stack: &str, args: &RedriveArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let stack = Stack::find(&config, stack).await?;
    let client = aws_sdk_sqs::Client::new(&config);
    let mut answered: Vec<(Letter, Fate)> = Vec::new();
    let intake_queue = Queue::new(&client, stack.output("IntakeDeadLetterQueueUrl")?);
    let rule_queue = Queue::new(&client, stack.output("RuleDeadLetterQueueUrl")?);
    for queue in [&intake_queue, &rule_queue] {
        let letters = queue.receive_all().await?;
        if !args.execute {
            for letter in letters {
                // It becomes visible by itself where this fails.
                let _ = queue.release(&letter).await;
                answered.push((letter, Fate::Waiting));
            }
            continue;
        }
        let intake = IntakeMachine {
            arn: stack.output("IntakeStateMachineArn")?.to_owned(),
            client: aws_sdk_sfn::Client::new(&config),
            store: stack.store(&config)?,
        };
        answered.extend(take_in(queue, &intake_queue, &intake, letters).await);
    }
    let success =
        answered.iter().all(|(_, fate)| !matches!(fate, Fate::Left { .. } | Fate::FailedAgain { .. }));
    let json: Vec<_> = answered
        .iter()
        .map(|(letter, fate)| LetterJson {
            queue: &letter.queue,
            sent_at: letter.sent_at,
            family: letter.content.family(),
            id: letter.content.id(),
            reason: &letter.reason,
            fate,
        })
        .collect();
    let answer = Answer::formatted(format, &json, || for_people(&answered, args.execute, Timestamp::now()));
    Ok(Answer { success, ..answer })
}

/// The intake of a stack, and what it recorded.
struct IntakeMachine {
    arn: String,
    client: aws_sdk_sfn::Client,
    store: DynamoStore,
}

impl take_in::Intake for IntakeMachine {
    async fn replay(&self, letter: &Letter) -> Result<(), Failure> {
        let Content::Event { event, .. } = &letter.content else { return Ok(()) };
        self.client
            .start_execution()
            .state_machine_arn(&self.arn)
            .input(event)
            .send()
            .await
            .map(drop)
            .map_err(|error| aws_failure::failed(&format!("states:StartExecution {}", self.arn), &error))
    }

    async fn fate(&self, letter: &Letter) -> Result<Option<Fate>, Failure> {
        Ok(match &letter.content {
            Content::Event { event_id, .. } => {
                self.store.recorded(event_id).await?.is_some().then_some(Fate::TakenIn)
            }
            Content::Message { incident_id, .. } => Some(self.told(*incident_id).await?),
            Content::Schedule => Some(Fate::NotNeeded),
            Content::Unreadable => {
                Some(Fate::Left { reason: "it is no event that the intake could read".to_owned() })
            }
        })
    }
}

impl IntakeMachine {
    /// A message about an incident is needed no more once the incident has ended and somebody was told.
    async fn told(&self, id: common::IncidentId) -> Result<Fate, Failure> {
        let ended = self.store.incident(id).await?.is_none_or(|incident| incident.status.is_end());
        for occasion in common::notification::Occasion::ENDS {
            if ended && self.store.delivery(id, occasion).await?.is_some() {
                return Ok(Fate::NotNeeded);
            }
        }
        let reason = format!("incident {id} has not ended, or nobody was told: the sweep does so");
        Ok(Fate::Left { reason })
    }
}

fn for_people(letters: &[(Letter, Fate)], execute: bool, now: Timestamp) -> String {
    if letters.is_empty() {
        return "no dead letters".to_owned();
    }
    let rows = letters.iter().map(|(letter, fate)| {
        let age = letter.sent_at.map_or_else(|| "unknown".to_owned(), |at| plain::relative(at, now));
        let text = [age, letter.content.family().to_owned(), letter.reason.clone(), fate.words()];
        text.iter().map(|text| plain::line(text)).collect()
    });
    let mut text = table(&["SENT", "EVENT", "REASON", "STATE"], rows.collect(), &[0]);
    if !execute {
        text.push_str("\n\nTake them in again once the cause is fixed: nightshift redrive --execute");
    }
    text
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    #[test]
    fn for_people_says_what_lies_there_and_what_to_do() {
        assert_eq!(for_people(&[], false, sample::at()), "no dead letters");
        let letter = |content| Letter {
            queue: "nightshift-intake".to_owned(),
            receipt: "r".to_owned(),
            message_id: "m".to_owned(),
            sent_at: Some(sample::at() - jiff::SignedDuration::from_mins(2)),
            reason: "Lambda.TooManyRequestsException".to_owned(),
            content,
        };
        let event = Content::read(r#"{"id":"e-1","source":"aws.ec2","detail-type":"X","detail":{}}"#);
        let text = for_people(&[(letter(event), Fate::Waiting)], false, sample::at());
        for said in ["2 min ago", "aws.ec2, X", "Lambda.TooManyRequestsException", "redrive --execute"] {
            assert!(text.contains(said), "{text}");
        }
        let left = Fate::Left { reason: "no".to_owned() };
        let text = for_people(&[(letter(Content::Unreadable), left)], true, sample::at());
        assert!(text.contains("left: no") && !text.contains("--execute"), "{text}");
    }
}
