//! Reads the mode in force from Parameter Store, and the change calendars from Systems Manager.

#[cfg(test)]
mod tests;

use common::{
    ChangeCalendar, Mode,
    ports::{Modes, PortError, PortErrorKind},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Clients, SignedClient,
    error::unreadable,
    signed_http::{Input, Operation, services::SSM},
};

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
const PARAMETER: Operation = Operation::new(&SSM, "GetParameter");
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCalendarState.html>
const CALENDAR_STATE: Operation = Operation::new(&SSM, "GetCalendarState");

/// The port `Modes`. It keeps nothing: turning the mode down takes effect at the next call.
#[derive(Debug, Clone)]
pub struct ParameterModes {
    client: SignedClient,
    prefix: String,
    /// Names or ARNs of the team's change calendars.
    calendars: Vec<String>,
}

impl ParameterModes {
    /// `prefix` is that of the deployment's parameters, for example `/nightshift`.
    pub fn new(client: SignedClient, prefix: &str) -> Self {
        Self { client, prefix: prefix.trim_end_matches('/').to_owned(), calendars: Vec::new() }
    }

    pub fn from_clients(clients: &Clients, prefix: &str) -> Self {
        Self::new(clients.signed.clone(), prefix)
    }

    /// The same, with the change calendars that the team names: names or ARNs, separated by commas.
    #[must_use]
    pub fn with_calendars(self, names: &str) -> Self {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        Self { calendars: names.map(str::to_owned).collect(), ..self }
    }

    /// `None` where there is no such parameter; one that holds no mode is an error.
    async fn mode(&self, name: &str) -> Result<Option<Mode>, PortError> {
        let input = Input::new(name).body(json!({"Name": name}));
        let found: Found = match self.client.parsed(&PARAMETER, &input).await {
            Ok(found) => found,
            Err(error) if error.kind == PortErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let value = found.into_value().unwrap_or_default();
        value.parse().map(Some).map_err(|error| unreadable(format!("{} {name}", PARAMETER.name()), error))
    }
}

/// A parameter as `GetParameter` answers it. It cannot be printed, because it may be a secret.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    parameter: Option<Parameter>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Parameter {
    value: Option<String>,
}

impl Found {
    fn into_value(self) -> Option<String> {
        self.parameter.and_then(|parameter| parameter.value)
    }
}

/// The state of all calendars together.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Calendars {
    state: Option<String>,
}

/// The value of a `SecureString`, for a header of the team's own tools.
pub async fn secret(clients: &Clients, name: &str) -> Result<String, PortError> {
    let input = Input::new(name).body(json!({"Name": name, "WithDecryption": true}));
    let found: Found = clients.signed.parsed(&PARAMETER, &input).await?;
    found.into_value().ok_or_else(|| unreadable(format!("{} {name}", PARAMETER.name()), "it has no value"))
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
        let input = Input::new(self.calendars.join(" ")).body(json!({"CalendarNames": self.calendars}));
        let found: Calendars = self.client.parsed(&CALENDAR_STATE, &input).await?;
        match found.state.as_deref() {
            Some("OPEN") => Ok(ChangeCalendar::Open),
            Some("CLOSED") => Ok(ChangeCalendar::Closed),
            other => {
                let operation = format!("{} {}", CALENDAR_STATE.name(), input.about());
                Err(unreadable(operation, format!("unknown state {other:?}: expected OPEN or CLOSED")))
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
