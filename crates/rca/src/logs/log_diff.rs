//! Compares the logs before and during an incident: finds templates that are new, gone or spiking.
//!
//! Both windows' events go through one [`Miner`], so that a template means the same in both; a stack trace is
//! one event, whatever its lines. Counts are
//! compared as rates: with `a` lines in the baseline and `b` in the incident, `b` is binomial among
//! `a + b` if the rate didn't change, whatever the rate was (`rate_test`). Nothing is assumed about a template
//! that was seen a few times only: the fewer its lines, the further its rate must have moved.

mod rate_test;
mod severity;

use common::untrusted_text::one_line;

use crate::logs::templates::{EventJoiner, LogEvent, Miner, SignatureId, TemplateId, Templates};
use rate_test::Exposure;

/// The chance of reporting anything at all where no rate changed; divided among the templates
/// (Bonferroni's correction). New templates are reported in any case.
const SIGNIFICANCE: f64 = 0.001;
/// A template spikes if it became more than this many times as frequent. Traffic doubles over a day
/// without anything being wrong.
const SPIKE: f64 = 2.0;
/// Bytes of a line that are kept to show it, and characters of those that are shown.
const EXAMPLE_BYTES: usize = 1024;
const EXAMPLE_CHARS: usize = 500;

/// More surprise than this, in powers of ten, makes no difference to the order.
const SURPRISE: f64 = 300.0;
/// Added to the score of a template that reads like an error: more than any surprise.
const ERROR: f64 = 3.0;
/// Added to the score of a new template: a line that a program logs for the first time is more abnormal than
/// one that it logs more often.
const NEW: f64 = 1.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// The template appears in the incident only; one line is enough.
    New,
    /// The template appears in the baseline only, and often enough there to be missed in the incident.
    Gone,
    /// The template appears in both, and is significantly more than twice as frequent in the incident.
    Spiking,
}

/// A template whose rate changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateChange {
    pub template: String,
    pub kind: ChangeKind,
    /// Events.
    pub baseline: u64,
    pub incident: u64,
    /// It reads like an error.
    pub error: bool,
    /// Orders the changes of one comparison.
    pub score: f64,
    /// One of its lines, from the incident unless it is gone; fit to be shown.
    pub example: String,
}

/// The length of each window in seconds; 0 where unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Windows {
    pub baseline_seconds: u64,
    pub incident_seconds: u64,
}

/// Compares two windows whose lines are in memory; the most telling change comes first.
pub fn diff<B: AsRef<[u8]>, I: AsRef<[u8]>>(
    baseline: impl IntoIterator<Item = B>,
    incident: impl IntoIterator<Item = I>,
    windows: Windows,
) -> Vec<TemplateChange> {
    let mut diff = LogDiff::new();
    for line in baseline {
        diff.baseline(line.as_ref());
    }
    for line in incident {
        diff.incident(line.as_ref());
    }
    diff.finish(windows)
}

/// Reads two windows line by line, and keeps none but an example a signature.
#[derive(Debug, Default)]
pub struct LogDiff {
    miner: Miner,
    baseline: Window,
    incident: Window,
}

/// One window's log.
#[derive(Debug, Default)]
struct Window {
    joiner: EventJoiner,
    counts: WindowCounts,
}

/// Counts one window's events, by signature.
#[derive(Debug, Default)]
struct WindowCounts {
    seen: Vec<SignatureCount>,
}

#[derive(Debug, Clone, Default)]
struct SignatureCount {
    lines: u64,
    first: Box<[u8]>,
}

/// Counts both windows' lines of one template.
#[derive(Debug, Default)]
struct TemplateCounts<'a> {
    baseline: u64,
    incident: u64,
    before: Option<&'a [u8]>,
    during: Option<&'a [u8]>,
}

impl LogDiff {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn baseline(&mut self, line: &[u8]) {
        self.baseline.read(line, &mut self.miner);
    }

    pub fn incident(&mut self, line: &[u8]) {
        self.incident.read(line, &mut self.miner);
    }

    /// Returns the changes, the most telling first.
    pub fn finish(self, windows: Windows) -> Vec<TemplateChange> {
        let Self { mut miner, baseline, incident } = self;
        let (baseline, incident) = (baseline.finish(&mut miner), incident.finish(&mut miner));
        let templates = miner.finish();
        let pairs = pairs(&templates, &baseline, &incident);
        let exposure = exposure(windows, &pairs);
        let significance = SIGNIFICANCE / rate_test::float(pairs.len().max(1) as u64);
        let texts = templates.iter().map(|template| template.text.as_str());
        let mut changes: Vec<TemplateChange> =
            texts.zip(&pairs).filter_map(|(text, pair)| pair.change(text, exposure, significance)).collect();
        changes.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.template.cmp(&b.template)));
        changes
    }
}

impl Window {
    fn read(&mut self, line: &[u8], miner: &mut Miner) {
        let Self { joiner, counts } = self;
        joiner.push(line, |event| counts.add(event, miner));
    }

    fn finish(self, miner: &mut Miner) -> WindowCounts {
        let Self { joiner, mut counts } = self;
        joiner.finish(|event| counts.add(event, miner));
        counts
    }
}

impl WindowCounts {
    fn add(&mut self, event: LogEvent<'_>, miner: &mut Miner) {
        if let Some(signature) = miner.add(event.text) {
            self.count(signature, event.text);
        }
    }

    fn count(&mut self, signature: SignatureId, line: &[u8]) {
        let at = signature.index();
        if self.seen.len() <= at {
            self.seen.resize(at.saturating_add(1), SignatureCount::default());
        }
        if let Some(seen) = self.seen.get_mut(at) {
            if seen.lines == 0 {
                seen.first = line.get(..EXAMPLE_BYTES).unwrap_or(line).into();
            }
            seen.lines = seen.lines.saturating_add(1);
        }
    }

    /// The signatures with lines in this window.
    fn seen<'a>(
        &'a self,
        templates: &'a Templates,
    ) -> impl Iterator<Item = (TemplateId, &'a SignatureCount)> {
        templates.signatures().zip(&self.seen).filter(|(_, seen)| seen.lines > 0)
    }
}

fn pairs<'a>(
    templates: &'a Templates,
    baseline: &'a WindowCounts,
    incident: &'a WindowCounts,
) -> Vec<TemplateCounts<'a>> {
    let mut pairs: Vec<TemplateCounts<'a>> = templates.iter().map(|_| TemplateCounts::default()).collect();
    for (template, seen) in baseline.seen(templates) {
        if let Some(pair) = pairs.get_mut(template.index()) {
            pair.baseline = pair.baseline.saturating_add(seen.lines);
            pair.before.get_or_insert(&seen.first);
        }
    }
    for (template, seen) in incident.seen(templates) {
        if let Some(pair) = pairs.get_mut(template.index()) {
            pair.incident = pair.incident.saturating_add(seen.lines);
            pair.during.get_or_insert(&seen.first);
        }
    }
    pairs
}

/// Seconds, or, where they aren't known for both windows, all lines: then shares are compared.
fn exposure(windows: Windows, pairs: &[TemplateCounts<'_>]) -> Exposure {
    let Windows { baseline_seconds, incident_seconds } = windows;
    if baseline_seconds > 0 && incident_seconds > 0 {
        return Exposure {
            baseline: rate_test::float(baseline_seconds),
            incident: rate_test::float(incident_seconds),
        };
    }
    let sum =
        |lines: fn(&TemplateCounts<'_>) -> u64| rate_test::float(pairs.iter().map(lines).sum::<u64>().max(1));
    Exposure { baseline: sum(|pair| pair.baseline), incident: sum(|pair| pair.incident) }
}

impl TemplateCounts<'_> {
    fn change(&self, text: &str, exposure: Exposure, significance: f64) -> Option<TemplateChange> {
        let Self { baseline, incident, before, during } = *self;
        let (kind, chance) = match (baseline, incident) {
            (0, 0) => return None,
            (0, _) => (ChangeKind::New, rate_test::more(baseline, incident, exposure, 1.0)),
            (_, 0) => (ChangeKind::Gone, rate_test::more(incident, baseline, exposure.swapped(), 1.0)),
            _ => (ChangeKind::Spiking, rate_test::more(baseline, incident, exposure, SPIKE)),
        };
        if kind != ChangeKind::New && chance > significance.ln() {
            return None;
        }
        let example = during.or(before).unwrap_or_default();
        let error = severity::reads_like_an_error(text);
        Some(TemplateChange {
            template: text.to_owned(),
            kind,
            baseline,
            incident,
            error,
            score: score(kind, error, chance),
            example: one_line(&String::from_utf8_lossy(example), EXAMPLE_CHARS),
        })
    }
}

/// `chance`: the logarithm of the chance of as many lines at an unchanged rate.
fn score(kind: ChangeKind, error: bool, chance: f64) -> f64 {
    let surprise = (-chance / std::f64::consts::LN_10).clamp(0.0, SURPRISE);
    // An error that stopped is no lead.
    let error = if error && kind != ChangeKind::Gone { ERROR } else { 0.0 };
    let new = if kind == ChangeKind::New { NEW } else { 0.0 };
    surprise.ln_1p() / std::f64::consts::LN_10 + error + new
}
