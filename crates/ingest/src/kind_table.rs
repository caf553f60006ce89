//! The form of the files in `kinds/`: what each kind of event means, as data.
//!
//! `build.rs` includes this module too, so that a file that is not of this form fails the build.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The kinds of one source, as the function carries them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceKinds {
    pub(crate) rule: String,
    pub(crate) documentation: String,
    pub(crate) kinds: Vec<KindRow>,
    pub(crate) all_others_ignored: Option<String>,
}

/// One kind of event, or several that mean the same.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct KindRow {
    /// EventBridge's `detail-type`; `*` in it stands for any text.
    pub(crate) detail_types: Vec<String>,
    /// `Signal.kind`, which is part of the fingerprint: kinds that tell of the same problem have the same name.
    #[serde(default)]
    pub(crate) name: String,
    /// The reason why events of this kind are ignored, whatever is in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ignored: Option<String>,
    /// The code that reads the kind, where a table cannot say what it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The outcome of what `code` reads, in words, for the documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// A template: what the event is about. What the matching case says follows.
    #[serde(default)]
    pub(crate) title: String,
    /// Of a firing or recovered signal, unless the case says otherwise.
    #[serde(default = "sev3")]
    pub(crate) severity: String,
    /// Tried in order; the first whose fields are as it says decides.
    #[serde(default)]
    pub(crate) cases: Vec<Case>,
    /// `reject` where AWS's list of states is closed; otherwise an unlisted one is read by its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unlisted: Option<Unlisted>,
    /// The places of the resources, the one that identifies the problem first: `resources`, `service:resource`, a field or an ARN.
    #[serde(default)]
    pub(crate) resources: Vec<String>,
    /// Fields that identify the problem, in place of the first resource.
    #[serde(default)]
    pub(crate) fingerprint: Vec<String>,
    /// The list in `detail` whose objects are each read as an event of their own, in place of `detail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) each: Option<String>,
    /// Fields that must be there, with what they must be.
    #[serde(default)]
    pub(crate) formats: BTreeMap<String, Format>,
    /// Labels that AWS writes: ids and states.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Labels that hold text somebody outside could have written.
    #[serde(default)]
    pub(crate) text: BTreeMap<String, String>,
    /// Fields of the signal, beside the title and `text`, that hold such text.
    #[serde(default)]
    pub(crate) untrusted: Vec<String>,
    /// The state to observe to know whether the problem is still there, where one can be observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) symptom: Option<ObservedBy>,
    /// The field that names the application, where the event does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) application: Option<String>,
    /// True for a kind that belongs to an experiment, in which somebody breaks something on purpose.
    #[serde(default)]
    pub(crate) drill: bool,
    /// The reason why no rule of the template takes the kind, which comes by a rule of the team's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) no_rule: Option<String>,
    /// The rule's pattern for `detail`, where the cases do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
}

/// One meaning of a kind, with the values of the fields that decide for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Case {
    /// By field: the values, one of which it has. One `*` in a value stands for any text, an empty value for a field that
    /// is missing or empty, `>=7` for a number that is not less.
    #[serde(default)]
    pub(crate) when: BTreeMap<String, Vec<String>>,
    pub(crate) state: CaseState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) severity: Option<String>,
    /// A template: what follows the title; of an ignored one, the reason.
    #[serde(default)]
    pub(crate) says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CaseState {
    Firing,
    Recovered,
    Info,
    Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// 1 to 100 characters, no control characters, no slash.
    Name,
    /// `i-` and 8 to 17 hexadecimal digits.
    InstanceId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unlisted {
    Reject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ObservedBy {
    Instance,
    EcsService,
    DeploymentGroup,
}

fn sev3() -> String {
    "sev3".to_owned()
}

/// Returns true if `text` is `pattern`, in which each `*` stands for any text. Without a star, letters may differ in case.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern.eq_ignore_ascii_case(text) };
    let Some(mut left) = text.strip_prefix(before) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}
