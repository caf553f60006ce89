//! Reads the mode in force from Parameter Store.

use aws_sdk_ssm::Client;
use common::{
    Mode,
    ports::{Modes, PortError, PortErrorKind},
};

use crate::{
    Clients,
    error::{failed, unreadable},
};

/// The port `Modes`. It keeps nothing: turning the mode down takes effect at the next call.
#[derive(Debug, Clone)]
pub struct ParameterModes {
    client: Client,
    prefix: String,
}

impl ParameterModes {
    /// `prefix` is that of the deployment's parameters, for example `/nightshift`.
    pub fn new(client: Client, prefix: &str) -> Self {
        Self { client, prefix: prefix.trim_end_matches('/').to_owned() }
    }

    pub fn from_clients(clients: &Clients, prefix: &str) -> Self {
        Self::new(clients.ssm.clone(), prefix)
    }

    /// `None` where there is no such parameter; one that holds no mode is an error.
    async fn mode(&self, name: &str) -> Result<Option<Mode>, PortError> {
        let operation = || format!("GetParameter {name}");
        let answer = self.client.get_parameter().name(name).send().await;
        let answer = match answer.map_err(|error| failed(operation(), error)) {
            Ok(answer) => answer,
            Err(error) if error.kind == PortErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let value = answer.parameter().and_then(|parameter| parameter.value()).unwrap_or_default();
        value.parse().map(Some).map_err(|error| unreadable(operation(), error))
    }
}

/// The value of a `SecureString`, for a header of the team's own tools.
pub async fn secret(clients: &Clients, name: &str) -> Result<String, PortError> {
    let operation = || format!("GetParameter {name}");
    let answer = clients.ssm.get_parameter().name(name).with_decryption(true).send().await;
    let answer = answer.map_err(|error| failed(operation(), error))?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value.ok_or_else(|| unreadable(operation(), "it has no value"))
}

impl Modes for ParameterModes {
    async fn effective(&self, application: Option<&str>) -> Result<Mode, PortError> {
        // A deployment whose mode nobody has set, or that somebody deleted, does nothing.
        let deployment = self.mode(&format!("{}/mode", self.prefix)).await?.unwrap_or(Mode::MISSING);
        let own = match application {
            Some(application) => self.mode(&parameter_of(&self.prefix, application)?).await?,
            None => None,
        };
        Ok(Mode::effective(deployment, own))
    }
}

/// An application's name is a tag that anybody who may tag writes: it must not lead elsewhere.
fn parameter_of(prefix: &str, application: &str) -> Result<String, PortError> {
    let safe = (1..=64).contains(&application.len())
        && application.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if safe {
        Ok(format!("{prefix}/applications/{application}/mode"))
    } else {
        Err(unreadable(
            format!("naming the mode parameter of application {application:?}"),
            "expected 1 to 64 of A-Z, a-z, 0-9, _, . and -",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_of_a_safe_name_only() {
        assert_eq!(parameter_of("/n", "shop-1.x_y").unwrap(), "/n/applications/shop-1.x_y/mode");
        for name in ["", "a/b", "../mode", "a b", "ä", &"x".repeat(65)] {
            assert!(parameter_of("/n", name).is_err(), "{name}");
        }
    }
}
