//! Fills in the templates of the table: `Build of {project-name}`, `ecs:service/{clusterArn|name}/{group|after service:}`.
//!
//! Filters behind `|` change a value or drop it, one after the other: `name` keeps what follows the last slash or colon,
//! `resource` that part of an ARN, `after x` what follows the text x at the beginning, `until x` what comes before it,
//! `like x*` only a value of that form.

use std::borrow::Cow;

use common::{Arn, untrusted_text::one_line};
use serde_json::{Map, Value};

use crate::{envelope::Envelope, event_fields, kind_table::matches};

/// The event, and the object in it that a row is read from: `detail`, or one of several in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) envelope: &'a Envelope<'a>,
    pub(crate) fields: &'a Map<String, Value>,
}

/// The longest value that becomes part of a line.
const MAX_VALUE_CHARS: usize = 300;

impl<'a> Scope<'a> {
    /// Returns the values that a placeholder stands for: those of a field, behind a filter, or of the event itself, `@`.
    pub(crate) fn texts(self, placeholder: &str) -> Vec<Cow<'a, str>> {
        let mut parts = placeholder.split('|');
        let found = match parts.next().unwrap_or_default() {
            "@detail-type" => vec![Cow::Borrowed(self.envelope.detail_type)],
            "@resources" => self.own_resources().into_iter().map(|arn| Cow::Owned(arn.to_string())).collect(),
            // Also those that are not this account's: names for people.
            "@all-resources" => self.envelope.resources().map(Cow::Borrowed).collect(),
            "@account" => vec![Cow::Borrowed(self.envelope.account)],
            "@region" => vec![Cow::Borrowed(self.envelope.region)],
            path => event_fields::texts(self.fields, path),
        };
        parts.fold(found, |found, filter| {
            found.into_iter().filter_map(|text| filtered(text, filter)).collect()
        })
    }

    /// Returns the template as a line; a placeholder without a value leaves nothing.
    pub(crate) fn line(self, template: &str) -> String {
        let mut line = String::new();
        for (literal, placeholder) in parts(template) {
            line.push_str(literal);
            if let Some(placeholder) = placeholder {
                line.push_str(&one_line(&self.texts(placeholder).join(", "), MAX_VALUE_CHARS));
            }
        }
        line
    }

    /// Returns the resources that `spec` names, which are the event's own account's and region's or do not say whose they
    /// are: `resources` are the event's own, `{field}` are ARNs, `service:resource` is a template for an ARN.
    pub(crate) fn resources(self, spec: &str) -> Vec<Arn> {
        if spec == "resources" {
            return self.own_resources();
        }
        if let Some(placeholder) =
            spec.strip_prefix('{').and_then(|it| it.strip_suffix('}')).filter(|it| !it.contains('{'))
        {
            let arns = self.texts(placeholder).into_iter().filter_map(|text| text.parse::<Arn>().ok());
            return arns.filter(|arn| self.is_own(arn)).collect();
        }
        // `arn:s3:::{bucket}`: neither region nor account; `arn:iam::{@account}:role/{role}`: the account only.
        if let Some(rest) = spec.strip_prefix("arn:") {
            let partition = self.envelope.arn("any", "any").partition().to_owned();
            let names = self.resource_names(rest);
            return names.iter().filter_map(|name| format!("arn:{partition}:{name}").parse().ok()).collect();
        }
        let names = self.resource_names(spec);
        names
            .iter()
            .filter_map(|name| name.split_once(':'))
            .map(|(service, it)| self.envelope.arn(service, it))
            .collect()
    }

    /// Returns the template filled in, once for each value of a list; nothing where a value is missing or is no name.
    fn resource_names(self, template: &str) -> Vec<String> {
        let mut names = vec![String::new()];
        for (literal, placeholder) in parts(template) {
            for name in &mut names {
                name.push_str(literal);
            }
            let Some(placeholder) = placeholder else { continue };
            let values = self.texts(placeholder);
            let values: Vec<_> = values.iter().filter(|text| is_name(text)).collect();
            if values.len() > 1 && names.len() == 1 {
                names = names
                    .iter()
                    .flat_map(|name| values.iter().map(move |value| format!("{name}{value}")))
                    .collect();
            } else if let Some(first) = values.first() {
                for (i, name) in names.iter_mut().enumerate() {
                    name.push_str(values.get(i).unwrap_or(first));
                }
            } else {
                return Vec::new();
            }
        }
        names
    }

    fn own_resources(self) -> Vec<Arn> {
        let arns = self.envelope.resources().filter_map(|text| text.parse::<Arn>().ok());
        arns.filter(|arn| self.is_own(arn)).collect()
    }

    fn is_own(self, arn: &Arn) -> bool {
        arn.may_be_of(self.envelope.account, self.envelope.region)
    }
}

/// Splits a template into what stands before each placeholder, and the placeholder.
fn parts(template: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(template);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some((literal, (placeholder, after))) =
            text.split_once('{').and_then(|(literal, it)| Some((literal, it.split_once('}')?)))
        else {
            return Some((text, None));
        };
        rest = Some(after);
        Some((literal, Some(placeholder)))
    })
}

/// Returns the fields that a template reads.
pub(crate) fn fields(template: &str) -> impl Iterator<Item = &str> {
    parts(template).filter_map(|(_, placeholder)| Some(placeholder?.split('|').next().unwrap_or_default()))
}

fn filtered<'a>(text: Cow<'a, str>, filter: &str) -> Option<Cow<'a, str>> {
    let kept = match filter.split_once(' ').unwrap_or((filter, "")) {
        ("name", _) => text.rsplit(['/', ':']).next()?.to_owned(),
        ("resource", _) => text.splitn(6, ':').nth(5)?.to_owned(),
        ("after", prefix) => text.strip_prefix(prefix)?.to_owned(),
        ("until", end) => text.split(end).next()?.to_owned(),
        ("like", pattern) => return matches(pattern, &text).then_some(text),
        _ => return None,
    };
    (!kept.is_empty()).then_some(Cow::Owned(kept))
}

/// Accepts only the characters that AWS's names are made of: whatever stands in a field, nothing else becomes part of an
/// ARN.
fn is_name(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:$+=,@#".contains(&b))
}
