//! Reads the mode in force from Parameter Store, and the change calendars from Systems Manager.

use aws_sdk_ssm::{Client, types::CalendarState};
use common::{
    ChangeCalendar, Mode,
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
    /// Names or ARNs of the team's change calendars.
    calendars: Vec<String>,
}

impl ParameterModes {
    /// `prefix` is that of the deployment's parameters, for example `/nightshift`.
    pub fn new(client: Client, prefix: &str) -> Self {
        Self { client, prefix: prefix.trim_end_matches('/').to_owned(), calendars: Vec::new() }
    }

    pub fn from_clients(clients: &Clients, prefix: &str) -> Self {
        Self::new(clients.ssm.clone(), prefix)
    }

    /// The same, with the change calendars that the team names: names or ARNs, separated by commas.
    #[must_use]
    pub fn with_calendars(self, names: &str) -> Self {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        Self { calendars: names.map(str::to_owned).collect(), ..self }
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

    /// One call for all calendars. "The command returns the status of `OPEN` only if all calendars in the request are
    /// open. If one or more calendars in the request are closed, the status returned is `CLOSED`":
    /// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCalendarState.html>.
    async fn change_calendar(&self) -> Result<ChangeCalendar, PortError> {
        if self.calendars.is_empty() {
            return Ok(ChangeCalendar::Open);
        }
        let operation = || format!("GetCalendarState {}", self.calendars.join(" "));
        let request = self.client.get_calendar_state().set_calendar_names(Some(self.calendars.clone()));
        let answer = request.send().await.map_err(|error| failed(operation(), error))?;
        match answer.state {
            Some(CalendarState::Open) => Ok(ChangeCalendar::Open),
            Some(CalendarState::Closed) => Ok(ChangeCalendar::Closed),
            other => {
                Err(unreadable(operation(), format!("unknown state {other:?}: expected OPEN or CLOSED")))
            }
        }
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
