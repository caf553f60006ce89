//! Finds the incident that the caller names.

use aws::store::DynamoStore;
use common::{Incident, IncidentId, ports::Incidents as _};

use crate::{arguments::IncidentSelector, failure::Failure};

/// The number of latest incidents that are searched for the beginning of an id.
const LATEST: u32 = 1000;
/// An id's length.
const WHOLE: usize = 26;

pub(crate) async fn incident(store: &DynamoStore, choice: &IncidentSelector) -> Result<Incident, Failure> {
    if let IncidentSelector::Id(id) = choice
        && id.len() == WHOLE
    {
        let parsed: IncidentId = id.parse().map_err(|error| Failure::Input(format!("{error}")))?;
        let found = store.incident(parsed).await?;
        return found
            .ok_or_else(|| Failure::Input(format!("no incident {id}: `nightshift incidents` lists them")));
    }
    let looked_at = if *choice == IncidentSelector::Latest { 1 } else { LATEST };
    chosen(choice, store.recent_incidents(looked_at).await?)
}

/// Returns the id that the caller gives, without looking whether the incident is still stored: its records are kept longer.
pub(crate) async fn id(store: &DynamoStore, choice: &IncidentSelector) -> Result<IncidentId, Failure> {
    match choice {
        IncidentSelector::Id(id) if id.len() == WHOLE => {
            id.parse().map_err(|error| Failure::Input(format!("{error}")))
        }
        _ => Ok(incident(store, choice).await?.id),
    }
}

/// Selects one of `incidents`, newest first.
fn chosen(choice: &IncidentSelector, incidents: Vec<Incident>) -> Result<Incident, Failure> {
    let mut incidents = incidents.into_iter();
    let IncidentSelector::Id(start) = choice else {
        return incidents.next().ok_or_else(|| Failure::Input("no incidents yet".to_owned()));
    };
    let mut meant = incidents.filter(|incident| incident.id.to_string().starts_with(start.as_str()));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => Err(Failure::Input(format!(
            "{start} is ambiguous: {} and {} begin with it; give more characters",
            one.id, other.id
        ))),
        (None, _) => Err(Failure::Input(format!(
            "no incident id begins with {start} (the latest {LATEST} were searched)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;

    fn incidents() -> Vec<Incident> {
        ["01KB0000000000000000000002", "01KA0000000000000000000001"]
            .map(|id| Incident { id: id.parse().unwrap(), ..sample::incident() })
            .to_vec()
    }

    #[test]
    fn chosen_latest_is_the_first_one() {
        let found = chosen(&IncidentSelector::Latest, incidents()).unwrap();
        assert_eq!(found.id, incidents()[0].id);
        assert_eq!(chosen(&IncidentSelector::Latest, Vec::new()).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn chosen_beginning_must_be_that_of_exactly_one() {
        let choose = |start: &str| chosen(&IncidentSelector::Id(start.to_owned()), incidents());
        assert_eq!(choose("01KA").unwrap().id, incidents()[1].id);
        for (start, expected) in [("01K", "ambiguous"), ("01KC", "01KC")] {
            let error = choose(start).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
