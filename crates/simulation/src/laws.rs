//! Says what must not follow from a bystander: the laws that a changed recording is held to.

use common::Arn;
use serde::Serialize;

use crate::{
    Expected, Outcome, ProposedAction, Recording, Report, Score,
    bystanders::{Bystander, BystanderTiming},
};

/// The metrics by which a resource shows that it served traffic, by CloudWatch's names.
const TRAFFIC: [&str; 9] = [
    "ConsumedReadCapacityUnits",
    "ConsumedWriteCapacityUnits",
    "Count",
    "ExecutionsStarted",
    "IncomingRecords",
    "Invocations",
    "NumberOfMessagesReceived",
    "RequestCount",
    "RequestCountPerTarget",
];

/// The difference that a bystander made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "questions that are answered each by itself")]
pub struct BystanderEffect {
    /// An action would run that would not have run.
    pub became_act: bool,
    /// A person would be asked who would have been told.
    pub became_ask: bool,
    pub acts_on_bystander: bool,
    pub asks_about_bystander: bool,
    /// The truth forbids the action that would run, which would not have run.
    pub forbidden_would_run: bool,
    /// The truth forbids the action that would be asked for, which would not have been.
    pub forbidden_asked_for: bool,
    /// Measurements between change and onset, or the order of both, clear the bystander.
    pub alibi_is_readable: bool,
    /// The first place went to another component, or to none.
    pub first_place_lost: bool,
    /// Without the bystander it was right: by the truth, or, where that is unknown, a cause was named.
    pub was_right: bool,
    /// It still is; asking where an action would have run is right too.
    pub stays_right: bool,
}

impl BystanderEffect {
    /// Compares the reports of `recording` without and with `bystander`. Without the truth, what was said without the
    /// bystander counts as right.
    pub fn new(
        recording: &Recording,
        bystander: &Bystander,
        (before, after): (&Report, &Report),
        expected: Option<&Expected>,
    ) -> Self {
        let ran = |report: &Report| proposed_in(report, Outcome::Act);
        let asked = |report: &Report| proposed_in(report, Outcome::Ask).or_else(|| ran(report));
        let (runs, asks) = (ran(after), asked(after));
        let on_bystander =
            |one: &Option<ProposedAction>| one.as_ref().is_some_and(|one| bystander.changed(&one.target));
        let forbids = |one: &ProposedAction| expected.is_some_and(|expected| expected.forbids(one));
        let newly = |now: &Option<ProposedAction>, then: &Option<ProposedAction>| {
            now.as_ref().is_some_and(|now| then.as_ref() != Some(now))
        };
        let place = |report: &Report| report.first_place().map(|first| first.component.component());
        let (was_right, stays_right) = match expected {
            Some(expected) => {
                let score = |report: &Report| Score::new(report, expected);
                (score(before).passes(), is_right_or_more_cautious(&score(after), after, expected))
            }
            None => (before.cause.is_some(), same_cause(before, after) && !newly(&asks, &asked(before))),
        };
        Self {
            became_act: newly(&runs, &ran(before)),
            became_ask: runs.is_none() && asks.is_some() && asked(before).is_none(),
            acts_on_bystander: on_bystander(&runs),
            asks_about_bystander: runs.is_none() && on_bystander(&asks),
            forbidden_would_run: newly(&runs, &ran(before)) && runs.as_ref().is_some_and(forbids),
            forbidden_asked_for: runs.is_none()
                && newly(&asks, &asked(before))
                && asks.as_ref().is_some_and(forbids),
            alibi_is_readable: alibi_is_readable(recording, bystander, before),
            first_place_lost: before.cause.is_some() && place(before) != place(after),
            was_right,
            stays_right,
        }
    }

    /// The ways in which the law is broken; none where it holds. It lets act become ask, and tell become ask: a person who
    /// is asked can say no. How often that happens is counted.
    pub fn broken(&self) -> Vec<&'static str> {
        [
            (self.acts_on_bystander, "would run an action on the bystander"),
            (self.became_act && !self.acts_on_bystander, "would run an action that would not have run"),
            (self.forbidden_would_run, "a forbidden action would run"),
            (
                self.first_place_lost && self.alibi_is_readable,
                "the first place is lost though the bystander has a readable alibi",
            ),
        ]
        .into_iter()
        .filter_map(|(broken, what)| broken.then_some(what))
        .collect()
    }
}

/// The outcome in which somebody's own remedy of `target` would be reversed; `None` where it is left alone.
pub fn reverses(report: &Report, target: &Arn) -> Option<Outcome> {
    let on_it = report.proposed().filter(|proposed| proposed.target.component() == target.component());
    on_it.map(|_| report.boldest())
}

/// The action that comes to `outcome` in one of the modes.
fn proposed_in(report: &Report, outcome: Outcome) -> Option<ProposedAction> {
    let comes_to_it = [&report.autonomous, &report.supervised].iter().any(|mode| mode.outcome == outcome);
    report.proposal.clone().filter(|_| comes_to_it)
}

fn same_cause(one: &Report, other: &Report) -> bool {
    let named = |report: &Report| {
        report.cause.as_ref().map(|cause| (cause.component.component(), cause.failure_mode))
    };
    named(one) == named(other)
}

/// Passes, or would if it were right to ask where it is right to act.
fn is_right_or_more_cautious(score: &Score, report: &Report, expected: &Expected) -> bool {
    let asks = report.boldest() == Outcome::Ask && expected.outcome.contains(&Outcome::Act);
    let fits = report.proposed().is_some_and(|proposed| expected.accepts(proposed));
    score.passes() || (score.component_is_right && score.failure_mode_is_right && asks && fits)
}

/// Tells whether the account shows that the bystander did no harm: it came after the measured onset, or what it changed
/// served traffic between the change and the onset for ten minutes or more.
pub fn alibi_is_readable(recording: &Recording, bystander: &Bystander, before: &Report) -> bool {
    let Some(onset) = before.onset else { return false };
    let is_unreadable = |read: &str| recording.resources.unreadable.iter().any(|failing| failing == read);
    if is_unreadable("Changes::changes") || is_unreadable("Metrics::series") {
        return false;
    }
    match bystander.timing {
        BystanderTiming::After2 => true,
        BystanderTiming::Before2 => false,
        BystanderTiming::Before10 | BystanderTiming::Before45 => {
            let between = bystander.at.as_second()..onset.as_second();
            let served = bystander.reader().unwrap_or(&bystander.resource).component();
            recording.series.iter().any(|series| {
                let is_its = series.resource.as_ref().map(Arn::component) == Some(served.clone());
                let shows_traffic = TRAFFIC.contains(&series.metric.as_str());
                let mut samples = series.samples.iter().filter(|(at, _)| between.contains(at));
                is_its && shows_traffic && samples.any(|(_, value)| *value > 0.0)
            })
        }
    }
}
