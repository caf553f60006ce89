//! An EC2 instance as a symptom: it should be running.

use aws_sdk_ec2::{
    Client,
    error::ProvideErrorMetadata as _,
    types::{InstanceStateName, Reservation},
};
use common::{
    Observation, SymptomState,
    ports::{PortError, Reading},
};

use super::unknown;
use crate::{error::failed, query::aws};

pub(super) async fn observe(client: &Client, id: &str) -> Result<Reading<Observation>, PortError> {
    let query = aws(["ec2", "describe-instances", "--instance-ids", id]);
    let found = match client.describe_instances().instance_ids(id).send().await {
        Ok(answer) => {
            let instance = answer.reservations().iter().flat_map(Reservation::instances).next();
            let state = instance.and_then(|instance| instance.state()?.name().map(InstanceStateName::as_str));
            observation(id, state)
        }
        Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => observation(id, None),
        Err(error) => return Err(failed(format!("DescribeInstances {id}"), error)),
    };
    Ok(Reading::new(query, found))
}

/// `state` is EC2's own word; `None` where there is no such instance.
fn observation(id: &str, state: Option<&str>) -> Observation {
    let Some(word) = state else {
        return unknown(format!("there is no instance {id}"));
    };
    let state = match word {
        "running" => SymptomState::Recovered,
        "stopping" | "stopped" | "shutting-down" | "terminated" => SymptomState::Firing,
        // `pending` is on its way to one or the other.
        _ => SymptomState::Unknown,
    };
    Observation {
        state,
        summary: format!("instance {id} is {word}"),
        since: None,
        excess: None,
        measured_from: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observation_of_each_state() {
        for (word, expected) in [
            (Some("running"), SymptomState::Recovered),
            (Some("stopping"), SymptomState::Firing),
            (Some("stopped"), SymptomState::Firing),
            (Some("shutting-down"), SymptomState::Firing),
            (Some("terminated"), SymptomState::Firing),
            (Some("pending"), SymptomState::Unknown),
            (Some("something-new"), SymptomState::Unknown),
            (None, SymptomState::Unknown),
        ] {
            assert_eq!(observation("i-1", word).state, expected, "{word:?}");
        }
    }
}
