//! Observes an EC2 instance as a symptom: it should be running.

use common::{
    Observation, SymptomState,
    ports::{PortError, Reading},
};

use super::unknown;
use crate::{
    account::ec2,
    cli_command::aws,
    signed_http::{SignedClient, refusal},
};

pub(super) async fn observe(client: &SignedClient, id: &str) -> Result<Reading<Observation>, PortError> {
    let query = aws(["ec2", "describe-instances", "--instance-ids", id]);
    let found = match ec2::instance(client, id).await {
        Ok(found) => observation(id, found.map(|found| found.state).as_deref()),
        Err(error) if refusal::code(&error) == ec2::NO_SUCH_INSTANCE => observation(id, None),
        Err(error) => return Err(error),
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
