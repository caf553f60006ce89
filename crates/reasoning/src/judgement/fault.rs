//! Finds the fault that a change may have caused, and how long what was changed served before it.

use common::{Arn, Signal, causality::Alibi, findings::ComponentCourse};
use jiff::{SignedDuration, Timestamp};

use crate::{
    candidates::candidate::Candidate, candidates::change_record::ChangeRecord,
    engine::symptom_context::components_of, evidence::call_graph::symptom_component,
    evidence::evidence_index::EvidenceIndex, evidence::onset::may_precede,
};

/// The fault that a change may have caused: of the changed component itself where its metrics would show one, of the
/// symptom otherwise.
pub(super) struct Fault<'a> {
    pub(super) course: &'a ComponentCourse,
    pub(super) began: Option<Timestamp>,
    pub(super) is_its_own: bool,
}

impl<'a> Fault<'a> {
    /// `None` where no data tells of a fault, or that there is none.
    pub(super) fn of(signal: &Signal, index: &EvidenceIndex<'a>, candidate: &Candidate<'_>) -> Option<Self> {
        let engine = index.engine?.fact;
        let course_of = |component: &Arn| {
            engine.courses.iter().find(|one| one.resource == *component && one.shows_failures)
        };
        let own = components_of(candidate.resource, index).0;
        // Of several that read a parameter, the one that failed first.
        let own =
            own.iter().filter_map(course_of).min_by_key(|one| one.abnormal_since.unwrap_or(Timestamp::MAX));
        let of_symptom = symptom_component(signal).as_ref().and_then(course_of);
        let symptom_began = of_symptom.and_then(|one| one.abnormal_since).or(engine.onset);
        // A symptom that is where it was before the change was not begun by it, whenever the alarm came.
        let is_usual = index.evidence_of_usual_symptom().is_some();
        match own {
            Some(course) if course.abnormal_since.is_some() || symptom_began.is_some() || is_usual => {
                Some(Self { course, began: course.abnormal_since, is_its_own: true })
            }
            _ if is_usual => Some(Self { course: of_symptom?, began: symptom_began, is_its_own: false }),
            _ => Some(Self { course: of_symptom?, began: Some(symptom_began?), is_its_own: false }),
        }
    }

    pub(super) fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(self.course.period_seconds.into())
    }

    /// Returns true if an earlier change of the candidate, which can be taken back, may have brought the fault about: then
    /// `change` may have come in answer to it.
    pub(super) fn blames_earlier(
        &self,
        candidate: &Candidate<'_>,
        change: &ChangeRecord,
        began: Timestamp,
    ) -> bool {
        let is_cleared =
            |earlier: &ChangeRecord| self.alibi(earlier.at, Some(began)).is_some_and(|alibi| alibi.clears());
        let earlier = candidate.changes.iter().filter(|earlier| earlier.at < change.at && !earlier.creates);
        earlier
            .filter(|earlier| may_precede(earlier.at, began, self.period()))
            .any(|earlier| !is_cleared(earlier))
    }

    /// Returns the whole periods from `from` until `until`, or until now, in which it served; `None` where there are none.
    /// Without counted requests the time up to the fault counts; none where no fault has begun.
    pub(super) fn alibi(&self, from: Timestamp, until: Option<Timestamp>) -> Option<Alibi> {
        let period = i64::from(self.course.period_seconds.max(1));
        let (from, until) = (from.as_second(), until.map(Timestamp::as_second));
        let is_within = |at: i64| at >= from && until.is_none_or(|until| at.saturating_add(period) <= until);
        let served: Vec<u64> = self
            .course
            .requests
            .iter()
            .filter(|(at, requests)| is_within(*at) && *requests > 0)
            .map(|(_, requests)| *requests)
            .collect();
        let (periods, requests) = if self.course.requests.is_empty() {
            let passed = until.map_or(0, |until| until.saturating_sub(from).div_euclid(period));
            (u32::try_from(passed).unwrap_or(0), None)
        } else {
            (u32::try_from(served.len()).unwrap_or(u32::MAX), Some(served.iter().sum()))
        };
        (periods > 0).then_some(Alibi {
            periods,
            period_seconds: self.course.period_seconds,
            requests,
            may_be_delay: false,
        })
    }
}
