//! Looking: every read of a diagnosis, each ending as evidence or as a gap.

use std::{collections::BTreeSet, time::Duration};

use common::{
    Arn, Clock, Evidence, Gap, Observed, PortError, ResourceKind, Signal, Symptom, SymptomState,
    evidence::Change,
    ports::{AlarmHistory, Changes, Look, PortErrorKind, Resources, Symptoms, Topology},
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Account,
    candidate::LOOKBACK,
    kind::{Kind, function_of},
    text::{SENTENCE_CHARS, VALUE_CHARS, one_line},
};

/// How far back an alarm's history is read. Changes are read for the hour that is judged.
const HISTORY: SignedDuration = SignedDuration::from_hours(24);

/// How long one look may take. A slow service costs this and a gap, not the function's time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most resources of an application that are kept: a DynamoDB item holds 400 KB.
const MOST_MEMBERS: usize = 1_000;

/// Most changes that are kept, the newest: a DynamoDB write each.
const MOST_CHANGES: usize = 100;

/// Most resources whose state is read: an API call each, all at once.
const MOST_STATES: usize = 25;

/// What was found, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) gaps: Vec<Gap>,
}

impl Gathered {
    fn add(&mut self, at: Timestamp, query: &str, summary: &str, observed: Observed) {
        let summary = one_line(summary, SENTENCE_CHARS);
        self.evidence.push(Evidence::new(query.to_owned(), at, summary, observed));
    }

    fn gap(&mut self, query: &str, reason: &str) {
        self.gaps
            .push(Gap { query: one_line(query, SENTENCE_CHARS), reason: one_line(reason, SENTENCE_CHARS) });
    }

    /// What was looked for, or a gap.
    fn found<T>(&mut self, look: Result<Look<T>, PortError>) -> Option<Look<T>> {
        look.map_err(|error| self.gap(&error.operation, &format!("{error}: {}", error.source))).ok()
    }

    /// Every ARN of the application's that was seen.
    fn members(&self) -> Vec<Arn> {
        let of_application = |evidence: &Evidence| match &evidence.observed {
            Observed::Application { resources, .. } => resources.clone(),
            _ => Vec::new(),
        };
        self.evidence.iter().flat_map(of_application).collect()
    }
}

/// The symptom, and the application by the tags of the signal's resources.
pub(crate) async fn symptom<H, R>(
    account: &Account<impl Symptoms, impl AlarmHistory, impl Topology, H, R>,
    clock: &impl Clock,
    signal: &Signal,
    gathered: &mut Gathered,
) -> Option<String> {
    let since = before(signal.occurred_at, HISTORY);
    let (symptom, history, application) = tokio::join!(
        patient("observing the symptom", account.symptoms.observe(&signal.symptom)),
        async {
            match &signal.symptom {
                Symptom::Alarm { name } => Some(
                    patient("reading the alarm's history", account.alarms.transitions(name, since)).await,
                ),
                _ => None,
            }
        },
        patient("reading tags", account.topology.application_of(&signal.resources)),
    );
    let now = clock.now();
    if let Some(Look { query, found }) = gathered.found(symptom) {
        let summary = found.summary.clone();
        gathered.add(now, &query, &summary, Observed::Symptom { observation: found });
    }
    if let Some(Look { query, found }) = history.and_then(|history| gathered.found(history)) {
        let fired = found.iter().filter(|one| one.to == SymptomState::Firing).count();
        let summary = format!("the alarm fired {fired} times in 24 hours");
        gathered.add(now, &query, &summary, Observed::AlarmHistory { transitions: found });
    }
    gathered.found(application).and_then(|look| look.found)
}

/// Everything around the symptom: the application's resources, what was changed, and how it is now.
pub(crate) async fn surroundings<Y, A>(
    account: &Account<Y, A, impl Topology, impl Changes, impl Resources>,
    clock: &impl Clock,
    signal: &Signal,
    application: Option<&str>,
    gathered: &mut Gathered,
) {
    if let Some(name) = application
        && let Some(Look { query, found }) = gathered
            .found(patient("reading the application's resources", account.topology.resources_of(name)).await)
    {
        let summary = format!("{} resources carry the tag of {name}", found.len());
        let mut resources = found;
        // What nothing here knows can be neither cause nor target, and an item has room for so many.
        resources.retain(|arn| arn.kind() != ResourceKind::Other);
        if resources.len() > MOST_MEMBERS {
            gathered
                .gap(&query, &format!("{} resources; the first {MOST_MEMBERS} were kept", resources.len()));
            resources.truncate(MOST_MEMBERS);
        }
        let observed = Observed::Application { name: name.to_owned(), resources };
        gathered.add(clock.now(), &query, &summary, observed);
    }
    let near = |arn: &Arn| arn.account() == signal.account && arn.region() == signal.region;
    let around: BTreeSet<Arn> =
        signal.resources.iter().cloned().chain(gathered.members()).filter(near).collect();
    let around: Vec<Arn> = around.into_iter().collect();
    let parameters: Vec<Arn> =
        around.iter().filter(|arn| Kind::of(arn) == Some(Kind::Parameter)).cloned().collect();
    // An alias reads what its version reads, its function what the next version will.
    let functions: BTreeSet<Arn> = signal
        .resources
        .iter()
        .filter(|arn| near(arn))
        .filter_map(|arn| Some([function_of(arn)?, arn.clone()]))
        .flatten()
        .collect();
    let functions = if parameters.is_empty() { BTreeSet::new() } else { functions };

    let (changes, reads) = tokio::join!(
        patient(
            "reading changes",
            account.changes.changes(&around, before(signal.occurred_at, LOOKBACK), clock.now()),
        ),
        join_all(functions.iter().map(async |function| {
            let look = account.topology.read_by(function, &parameters);
            (function, patient("reading what a function reads", look).await)
        })),
    );
    let changes = keep_changes(signal, clock.now(), gathered.found(changes), gathered);
    let mut read = Vec::new();
    for (function, look) in reads {
        if let Some(Look { query, found }) = gathered.found(look) {
            let summary =
                format!("{} reads {} of the application's parameters", function.name(), found.len());
            read.extend(found.clone());
            let observed = Observed::Reads { function: function.clone(), parameters: found };
            gathered.add(clock.now(), &query, &summary, observed);
        }
    }
    states(account, clock, &subjects(signal, &changes, &read), &changes, gathered).await;
}

/// A look that is given up after [`PATIENCE`].
async fn patient<T>(
    operation: &str,
    look: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    tokio::time::timeout(PATIENCE, look)
        .await
        .unwrap_or_else(|elapsed| Err(PortError::new(operation, PortErrorKind::Unavailable, elapsed)))
}

fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn keep_changes(
    signal: &Signal,
    now: Timestamp,
    look: Option<Look<Vec<Change>>>,
    gathered: &mut Gathered,
) -> Vec<Change> {
    let Some(Look { query, found }) = look else { return Vec::new() };
    let judged_from = before(signal.occurred_at, LOOKBACK);
    if let Some((_, note)) = query.split_once(" # ")
        && read_back_to(note).is_none_or(|oldest| oldest > judged_from)
    {
        gathered.gap(&query, note);
    }
    if found.len() > MOST_CHANGES {
        gathered.gap(
            &query,
            &format!("{} changes were found; only the newest {MOST_CHANGES} were kept", found.len()),
        );
    }
    let kept: Vec<_> = found.into_iter().take(MOST_CHANGES).collect();
    for change in &kept {
        let actor = one_line(&change.actor, VALUE_CHARS);
        let summary =
            format!("{} on {} by {actor} at {}", change.event_name, change.resource.name(), change.at);
        gathered.add(now, &query, &summary, Observed::Change { change: change.clone() });
    }
    kept
}

/// How far back a trail was read that was too long to be read whole: the query's comment says it.
fn read_back_to(note: &str) -> Option<Timestamp> {
    note.split_whitespace().find_map(|word| word.parse().ok())
}

/// The resources whose state is worth reading, the likeliest first.
fn subjects(signal: &Signal, changes: &[Change], read: &[Arn]) -> Vec<Arn> {
    let mut seen = BTreeSet::new();
    signal
        .resources
        .iter()
        .chain(changes.iter().map(|change| &change.resource))
        .chain(read)
        .filter(|arn| Kind::of(arn).is_some())
        .filter(|arn| arn.account() == signal.account && arn.region() == signal.region)
        .filter(|arn| seen.insert((*arn).clone()))
        .cloned()
        .collect()
}

/// The present state of each, and for what was changed and points to something, what it pointed to.
async fn states<Y, A, T>(
    account: &Account<Y, A, T, impl Changes, impl Resources>,
    clock: &impl Clock,
    subjects: &[Arn],
    changes: &[Change],
    gathered: &mut Gathered,
) {
    if subjects.len() > MOST_STATES {
        let reason = format!("{} resources could be the cause; {MOST_STATES} were read", subjects.len());
        gathered.gap("present state of resources", &reason);
    }
    let looks = join_all(subjects.iter().take(MOST_STATES).map(async |resource| {
        let mut history = Ok(Vec::new());
        if changes.iter().any(|change| change.resource == *resource) {
            let pointings = account.changes.pointings(resource, clock.now());
            history = patient("reading what it pointed to", pointings).await.map(|look| look.found);
        }
        let (history, missing) = match history {
            Ok(history) => (history, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let look = patient("reading a state", account.resources.state(resource, &history)).await;
        (resource, look, missing)
    }))
    .await;
    let now = clock.now();
    for (resource, look, missing) in looks {
        if let Some(error) = missing {
            gathered.gap(&error.operation, &format!("{error}: {}", error.source));
        }
        match look {
            Ok(Some(Look { query, found })) => {
                let summary = describe(resource, &found);
                gathered.add(now, &query, &summary, found);
            }
            Ok(None) => gathered.gap(&format!("state of {resource}"), "nothing knows how to read it"),
            Err(error) => gathered.gap(&error.operation, &format!("{error}: {}", error.source)),
        }
    }
}

fn describe(resource: &Arn, observed: &Observed) -> String {
    let name = resource.name();
    match observed {
        Observed::Parameter { state } => format!("{name} is at version {}", state.version),
        Observed::Alias { state } => format!("{name} points to version {}", state.version),
        Observed::Instance { state } => format!("{name} is {}", state.state),
        Observed::Service { state } => format!(
            "{name} runs {} of {} tasks of {}, deployment {}",
            state.running_count, state.desired_count, state.task_definition, state.rollout_state
        ),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use common::testing::sample;

    use super::*;

    fn gaps(query: &str) -> usize {
        let mut gathered = Gathered::default();
        let look = Look { query: query.to_owned(), found: Vec::new() };
        keep_changes(&sample::alarm_signal("event-1", "x"), sample::at(), Some(look), &mut gathered);
        gathered.gaps.len()
    }

    #[test]
    fn keep_changes_trail_read_in_part_is_a_gap_only_where_the_judged_hour_is_missing() {
        let partial = |minutes| {
            let oldest = sample::at() - SignedDuration::from_mins(minutes);
            format!("lookup-events # too many events: nothing before {oldest} was read")
        };
        assert_eq!(gaps(&partial(30)), 1);
        assert_eq!(gaps(&partial(90)), 0);
        assert_eq!(gaps("lookup-events # incomplete"), 1);
        assert_eq!(gaps("lookup-events"), 0);
    }
}
