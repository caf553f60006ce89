//! Reads facts that only add care. One that cannot be read is unknown, which asks, and the person is told which.

use std::collections::BTreeMap;

use common::{
    Arn, ChangeCalendar, Clock, Evidence, Plan, PortError,
    intent::SecurityFinding,
    ports::{Modes, SecurityFindings},
};
use guard::facts::{
    blast_radius::{dependants, diagnosed_dependants},
    intent::is_intent_asked,
};
use jiff::{SignedDuration, Timestamp};

use crate::{Deps, Store, stored::DiagnosedIncident};

/// Open incidents of the application count if they were opened within this time.
const OPENED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

pub(crate) struct OptionalFacts {
    pub(crate) change_calendar: ChangeCalendar,
    pub(crate) dependants: Option<u32>,
    pub(crate) other_open_incidents: Option<u32>,
    /// The target's open security findings, or why not all of them are known.
    pub(crate) findings: Result<Vec<SecurityFinding>, String>,
    /// The reason why a fact is unknown, by the fact's name.
    pub(crate) details: BTreeMap<&'static str, String>,
}

impl OptionalFacts {
    pub(crate) async fn read<S: Store, Y, T, X>(
        deps: &Deps<S, Y, T, impl Modes, X, impl Clock, impl SecurityFindings>,
        diagnosed: &DiagnosedIncident,
        plan: &Plan,
        evidence: &[Evidence],
    ) -> Self {
        let (incident, now) = (&diagnosed.incident, deps.clock.now());
        let mut details = BTreeMap::new();
        let change_calendar = deps.modes.change_calendar().await.unwrap_or_else(|error| {
            details.insert("change_calendar", why(&error));
            ChangeCalendar::Unreadable
        });
        let (mut map, mut open) = (None, None);
        if let Some(application) = &incident.application {
            map = deps.store.topology(application).await.unwrap_or_else(|error| {
                details.insert("dependants", why(&error));
                None
            });
            let since = now.checked_sub(OPENED_WITHIN).unwrap_or(Timestamp::MIN);
            open = deps.store.open_incidents(application, since).await.unwrap_or_else(|error| {
                details.insert("other_open_incidents", why(&error));
                None
            });
        }
        let affected = diagnosed_dependants(evidence, &diagnosed.diagnosis.report.blast_radius);
        let others = |open: Vec<_>| open.into_iter().filter(|id| *id != incident.id).count();
        Self {
            change_calendar,
            dependants: dependants(&plan.target, map.as_ref(), affected, now),
            other_open_incidents: open.map(|open| u32::try_from(others(open)).unwrap_or(u32::MAX)),
            findings: findings(&deps.resources, &plan.target).await,
            details,
        }
    }
}

/// Reads the findings about `target` as they are now: one may have come since the diagnosis.
async fn findings(account: &impl SecurityFindings, target: &Arn) -> Result<Vec<SecurityFinding>, String> {
    if !is_intent_asked(target) {
        return Ok(Vec::new());
    }
    let reading = account.open_findings(target).await.map_err(|error| why(&error))?;
    reading.truncation.map_or(Ok(reading.value), |truncation| Err(truncation.reason))
}

/// An error and its cause on one line.
fn why(error: &PortError) -> String {
    format!("{error}: {}", error.source)
}
