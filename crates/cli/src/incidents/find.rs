//! Which incident is meant.

use aws::store::DynamoStore;
use common::{Incident, IncidentId, ports::Incidents as _};

use crate::{arguments::IncidentChoice, failure::Failure};

/// How far back the beginning of an id is looked for.
const LATEST: u32 = 1000;
/// An id's length.
const WHOLE: usize = 26;

pub(crate) async fn incident(store: &DynamoStore, choice: &IncidentChoice) -> Result<Incident, Failure> {
    if let IncidentChoice::Id(id) = choice
        && id.len() == WHOLE
    {
        let parsed: IncidentId = id.parse().map_err(|error| Failure::Input(format!("{error}")))?;
        let found = store.incident(parsed).await?;
        return found.ok_or_else(|| Failure::Input(format!("there is no incident {id}")));
    }
    let looked_at = if *choice == IncidentChoice::Latest { 1 } else { LATEST };
    chosen(choice, store.recent_incidents(looked_at).await?)
}

/// The one that is meant of `incidents`, which are the latest.
fn chosen(choice: &IncidentChoice, incidents: Vec<Incident>) -> Result<Incident, Failure> {
    let mut incidents = incidents.into_iter();
    let IncidentChoice::Id(start) = choice else {
        return incidents.next().ok_or_else(|| Failure::Input("there is no incident yet".to_owned()));
    };
    let mut meant = incidents.filter(|incident| incident.id.to_string().starts_with(start.as_str()));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => Err(Failure::Input(format!(
            "{start} is the beginning of several incidents, {} and {} among them",
            one.id, other.id
        ))),
        (None, _) => Err(Failure::Input(format!(
            "none of the latest {LATEST} incidents has an id that begins with {start}"
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
        let found = chosen(&IncidentChoice::Latest, incidents()).unwrap();
        assert_eq!(found.id, incidents()[0].id);
        assert_eq!(chosen(&IncidentChoice::Latest, Vec::new()).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn chosen_beginning_must_be_that_of_exactly_one() {
        let choose = |start: &str| chosen(&IncidentChoice::Id(start.to_owned()), incidents());
        assert_eq!(choose("01KA").unwrap().id, incidents()[1].id);
        for (start, expected) in [("01K", "several"), ("01KC", "01KC")] {
            let error = choose(start).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
