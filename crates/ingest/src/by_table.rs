//! Reads an event as its row of the table says.

use std::collections::BTreeMap;

use common::{Arn, ResourceKind, Severity, Signal, SignalKind, SignalState, Symptom};

use crate::{
    by_shape::{self, Shape},
    envelope::{Envelope, SignalParts},
    json_object::{InvalidField, JsonObject},
    kind_table::{Case, CaseState, Format, KindRow, ObservedBy, Unlisted, matches},
    no_signal::NoSignal,
    template::{Scope, fields},
};

/// A storm of findings comes as several events; no event has more.
const MAX_SIGNALS: usize = 100;

/// Returns the signals of an event: one, or one for each object of a list where the row says so.
pub(crate) fn parse(envelope: &Envelope<'_>, row: &KindRow) -> Result<Vec<Signal>, NoSignal> {
    let Some(list) = &row.each else { return Ok(vec![parse_object(envelope, &envelope.detail, row)?]) };
    let objects = envelope.detail.objects(list);
    if objects.is_empty() {
        return Err(envelope.detail.invalid(list, "a list of objects, at least one").into());
    }
    let mut signals = Vec::new();
    let mut ignored = None;
    for (i, object) in objects.iter().take(MAX_SIGNALS).enumerate() {
        let signal = match parse_object(envelope, object, row) {
            Ok(signal) => signal,
            Err(NoSignal::Ignored(reason)) => {
                ignored.get_or_insert(NoSignal::Ignored(reason));
                continue;
            }
            Err(rejected) if objects.len() == 1 => return Err(rejected),
            // One that is not understood must not cost the others.
            Err(NoSignal::Rejected(reason)) => {
                by_shape::signal(envelope, object, &format!("{list}: {reason}"))
            }
        };
        signals.push(Signal { event_id: envelope.id_of_part(i), ..signal });
    }
    if signals.is_empty() {
        Err(ignored.unwrap_or_else(|| NoSignal::Ignored("nothing in it".to_owned())))
    } else {
        Ok(signals)
    }
}

fn parse_object(envelope: &Envelope<'_>, object: &JsonObject<'_>, row: &KindRow) -> Result<Signal, NoSignal> {
    let scope = Scope { envelope, fields: object.fields() };
    for (path, format) in &row.formats {
        check(object, path, *format)?;
    }
    let meaning = meaning(scope, object, row)?;
    let mut resources = Vec::new();
    for arn in row.resources.iter().flat_map(|spec| scope.resources(spec)) {
        if !resources.contains(&arn) {
            resources.push(arn);
        }
    }
    let identity = identity(scope, object, row, resources.first())?;
    let symptom = row
        .symptom
        .and_then(|observed_by| observable(observed_by, resources.first()?))
        .unwrap_or_else(|| envelope.event_symptom(&identity));
    let label = |(name, template): (&String, &String)| (name.clone(), scope.line(template));
    let mut labels: BTreeMap<_, _> = row.labels.iter().chain(&row.text).map(label).collect();
    labels.retain(|_, text| !text.trim().is_empty());
    if meaning.unlisted {
        labels.insert("unrecognised".to_owned(), "state".to_owned());
    }
    let application = row.application.as_deref().and_then(|path| scope.texts(path).into_iter().next());
    let signal = envelope.signal(SignalParts {
        kind: SignalKind::from_name(&row.name),
        state: meaning.state,
        severity: meaning.severity,
        // A name that is missing before a colon leaves a space.
        title: format!("{} {}", scope.line(&row.title), meaning.says).replace(" :", ":"),
        identity,
        resources,
        labels,
        metric: None,
        symptom,
        untrusted: untrusted(row),
    });
    Ok(Signal { application: application.map(std::borrow::Cow::into_owned), drill: row.drill, ..signal })
}

/// The state and severity of the problem, as the event gives them.
struct Meaning {
    state: SignalState,
    severity: Severity,
    says: String,
    /// Read by its shape, because no case has the state that the event names.
    unlisted: bool,
}

fn meaning(scope: Scope<'_>, object: &JsonObject<'_>, row: &KindRow) -> Result<Meaning, NoSignal> {
    if let Some(case) = row.cases.iter().find(|case| applies(scope, case)) {
        let state = match case.state {
            CaseState::Firing => SignalState::Firing,
            CaseState::Recovered => SignalState::Recovered,
            CaseState::Info => SignalState::Info,
            CaseState::Ignored => return Err(NoSignal::Ignored(scope.line(&case.says))),
        };
        let severity = severity(case.severity.as_deref().unwrap_or(&row.severity));
        return Ok(Meaning { state, severity, says: scope.line(&case.says), unlisted: false });
    }
    let Some(path) = row.cases.iter().flat_map(|case| case.when.keys()).next() else {
        return Err(NoSignal::Ignored("nothing to act on".to_owned()));
    };
    let found = scope.texts(path);
    let Some(text) = found.first().filter(|_| row.unlisted != Some(Unlisted::Reject)) else {
        return Err(object.invalid_at(path, &expected(row, path)).into());
    };
    let state = Shape::of_text(text).state();
    Ok(Meaning {
        state,
        severity: severity(&row.severity),
        says: format!("is in the state {text}"),
        unlisted: true,
    })
}

fn applies(scope: Scope<'_>, case: &Case) -> bool {
    case.when.iter().all(|(path, wanted)| {
        let found = scope.texts(path);
        wanted.iter().any(|value| match value.strip_prefix(">=") {
            Some(least) => {
                let number = |text: &str| text.parse::<f64>().ok();
                found
                    .iter()
                    .any(|text| number(text).zip(number(least)).is_some_and(|(is, least)| is >= least))
            }
            None if value.is_empty() => found.is_empty(),
            None => found.iter().any(|text| matches(value, text)),
        })
    })
}

/// Returns the values that the cases have for a field, in words.
fn expected(row: &KindRow, path: &str) -> String {
    let mut values: Vec<&str> = Vec::new();
    for value in
        row.cases.iter().filter_map(|case| case.when.get(path)).flatten().filter(|value| !value.is_empty())
    {
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    match values.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "a text".to_owned(),
    }
}

/// Returns what identifies the problem: the row's fields, or else the first resource.
fn identity(
    scope: Scope<'_>,
    object: &JsonObject<'_>,
    row: &KindRow,
    subject: Option<&Arn>,
) -> Result<Vec<String>, NoSignal> {
    let values: Vec<String> =
        row.fingerprint.iter().flat_map(|path| scope.texts(path)).map(std::borrow::Cow::into_owned).collect();
    if !values.is_empty() {
        return Ok(values);
    }
    if let Some(arn) = subject {
        return Ok(vec![arn.resource().to_owned()]);
    }
    // The error is about the place that is looked at first.
    let first = row.resources.first().map_or("", String::as_str);
    let of_detail = || fields(first).find(|field| !field.starts_with('@'));
    let field = match row.fingerprint.first() {
        Some(path) => path.split('|').next().filter(|path| !path.starts_with('@')),
        None if first == "resources" || first.contains("@resources") => None,
        None => of_detail(),
    };
    Err(match field {
        Some(field) => object.invalid_at(field, "the name of what the event is about"),
        None => scope.envelope.invalid("resources", &envelope_resources(scope.envelope)),
    }
    .into())
}

fn envelope_resources(envelope: &Envelope<'_>) -> String {
    format!(
        "a list that begins with the ARN of what the event is about, in the region {} and the account {}",
        envelope.region, envelope.account
    )
}

fn observable(observed_by: ObservedBy, subject: &Arn) -> Option<Symptom> {
    match (observed_by, subject.kind()) {
        (ObservedBy::Instance, ResourceKind::Instance { id }) => Some(Symptom::Instance { id }),
        (ObservedBy::EcsService, ResourceKind::Service { cluster, service }) => {
            Some(Symptom::EcsService { cluster, service })
        }
        (ObservedBy::DeploymentGroup, _) => {
            let (application, group) =
                subject.resource().strip_prefix("deploymentgroup:")?.split_once('/')?;
            Some(Symptom::DeploymentGroup { application: application.to_owned(), group: group.to_owned() })
        }
        _ => None,
    }
}

fn untrusted(row: &KindRow) -> Vec<String> {
    row.text.keys().map(|name| format!("labels.{name}")).chain(row.untrusted.iter().cloned()).collect()
}

fn check(object: &JsonObject<'_>, path: &str, format: Format) -> Result<(), InvalidField> {
    let text = crate::event_fields::texts(object.fields(), path);
    let is_valid = text.first().is_some_and(|text| match format {
        Format::Name => text.chars().count() <= 100 && !text.chars().any(|c| c.is_control() || c == '/'),
        Format::InstanceId => text.strip_prefix("i-").is_some_and(|digits| {
            (8..=17).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        }),
    });
    let expected = match format {
        Format::Name => "a name of 1 to 100 characters, no control characters, no slash",
        Format::InstanceId => "an instance's id: `i-` and 8 to 17 hexadecimal digits",
    };
    if is_valid { Ok(()) } else { Err(object.invalid_at(path, expected)) }
}

/// Returns the severity of that name; a test holds that the table has no other.
fn severity(name: &str) -> Severity {
    match name {
        "sev1" => Severity::Sev1,
        "sev2" => Severity::Sev2,
        "sev4" => Severity::Sev4,
        _ => Severity::Sev3,
    }
}
