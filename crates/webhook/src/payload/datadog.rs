//! Reads what Datadog's webhooks send: the payload that docs/webhooks.md gives, and Datadog's default payload, which
//! says in its title only what happened. Source: <https://docs.datadoghq.com/integrations/webhooks/>. Pure.

use common::{Severity, Vendor, sha256_hex, webhook_alert::AlertState};

use super::{
    Payload,
    alert_parts::AlertParts,
    fields::{Fields, InvalidPayload},
    severity::severity_of,
};

/// What Datadog says that happened to the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transition {
    Fires,
    Warns,
    Recovers,
}

pub(crate) fn parse(root: &Fields<'_>) -> Result<Payload, InvalidPayload> {
    const TRANSITION: &str = "a transition of Datadog's: Triggered, Re-Triggered, Warn, Re-Warn, No Data, Re-No Data, \
                              Renotify or Recovered";
    let title = root.text("title", "$EVENT_TITLE")?;
    let kind = root.first_text(&["alert_type", "event_type"]);
    let transition = match root.first_text(&["alert_transition", "transition"]) {
        Some(word) => {
            Transition::from_word(&word).ok_or_else(|| root.invalid("alert_transition", TRANSITION))?
        }
        None => match Transition::from_title(&title).or_else(|| Transition::from_type(kind.as_deref()?)) {
            Some(transition) => transition,
            None if kind.as_deref() == Some("info") => {
                return Ok(Payload::Nothing { reason: "an event of type info".to_owned() });
            }
            None => return Err(root.invalid("alert_transition", TRANSITION)),
        },
    };
    let name = name_of(&title);
    let tags = list(root.optional_text("tags").as_deref());
    let scope = list(root.first_text(&["scope", "alert_scope"]).as_deref());
    let mut labels: Vec<(String, String)> = tags.iter().chain(&scope).filter_map(|tag| pair(tag)).collect();
    for (label, field) in
        [("monitor_id", "alert_id"), ("metric", "alert_metric"), ("query", "query"), ("host", "hostname")]
    {
        labels.extend(root.optional_text(field).map(|text| (label.to_owned(), text)));
    }
    let word = root.first_text(&["priority", "alert_priority"]);
    // A priority of the event's own ("normal", "low") says nothing of the monitor's.
    let stated = word.as_deref().filter(|word| word.starts_with(['P', 'p'])).and_then(severity_of);
    let by_transition = (transition == Transition::Warns).then_some(Severity::Sev3);
    Ok(Payload::Alerts(vec![
        AlertParts {
            delivery_id: root.optional_text("id"),
            severity: stated.or(by_transition),
            description: root.first_text(&["body", "text"]),
            labels,
            starts_at: root.time("date"),
            link: root.optional_text("link"),
            ..AlertParts::new(Vendor::Datadog, alert_id(root, &name), transition.state(), name)
        }
        .into_alert(),
    ]))
}

/// The aggregation key is one for each group of a monitor; without it the monitor and its scope say the same.
fn alert_id(root: &Fields<'_>, name: &str) -> String {
    if let Some(key) = root.first_text(&["aggregation_key", "aggreg_key"]) {
        return key;
    }
    let scope = root.first_text(&["scope", "alert_scope"]).unwrap_or_default();
    match root.optional_text("alert_id") {
        Some(monitor) => format!("{monitor}/{scope}"),
        None => format!("name-{}", sha256_hex(format!("{name}/{scope}"))),
    }
}

impl Transition {
    const fn state(self) -> AlertState {
        match self {
            Self::Fires | Self::Warns => AlertState::Firing,
            Self::Recovers => AlertState::Recovered,
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        match word.strip_prefix("re-").unwrap_or(&word) {
            "triggered" | "no data" | "renotify" => Some(Self::Fires),
            "warn" | "warning" => Some(Self::Warns),
            "recovered" => Some(Self::Recovers),
            _ => None,
        }
    }

    /// Reads the brackets that a monitor's title begins with: `[P1] [Triggered on {host:a}] Host is down`.
    fn from_title(title: &str) -> Option<Self> {
        brackets(title).0.into_iter().find_map(|text| {
            let word = text.split(" on ").next().unwrap_or_default();
            Self::from_word(word)
        })
    }

    fn from_type(kind: &str) -> Option<Self> {
        match kind {
            "error" => Some(Self::Fires),
            "warning" => Some(Self::Warns),
            "success" => Some(Self::Recovers),
            _ => None,
        }
    }
}

/// Returns the title without the brackets before it, which differ from firing to recovery.
fn name_of(title: &str) -> String {
    let (_, rest) = brackets(title);
    if rest.is_empty() { title.to_owned() } else { rest.to_owned() }
}

/// Splits the texts in brackets that a title begins with from the rest.
fn brackets(title: &str) -> (Vec<&str>, &str) {
    let (mut texts, mut rest) = (Vec::new(), title.trim());
    while let Some((text, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        texts.push(text);
        rest = after.trim_start();
    }
    (texts, rest)
}

fn list(text: Option<&str>) -> Vec<String> {
    let items = text.unwrap_or_default().split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn pair(tag: &str) -> Option<(String, String)> {
    let (name, value) = tag.split_once(':')?;
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transition_is_in_the_brackets_of_the_title() {
        for (title, expected, name) in [
            ("[Triggered] High tracking", Some(Transition::Fires), "High tracking"),
            ("[Triggered on {host:ip-012345}] Host is Down", Some(Transition::Fires), "Host is Down"),
            ("[P1] [Re-Triggered on {a:b}] [Memory] Full", Some(Transition::Fires), "Full"),
            ("[No data on {a:b}] x", Some(Transition::Fires), "x"),
            ("[Warn] x", Some(Transition::Warns), "x"),
            ("[Recovered on {a:b}] x", Some(Transition::Recovers), "x"),
            ("[Triggered]", Some(Transition::Fires), "[Triggered]"),
            ("Deployment done", None, "Deployment done"),
        ] {
            assert_eq!(Transition::from_title(title), expected, "{title}");
            assert_eq!(name_of(title), name);
        }
    }
}
