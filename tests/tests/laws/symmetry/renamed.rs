//! Renames everything in the files of a recorded incident, the same to the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use simulation::Recording;

use crate::Incident;

/// The files that a recording is read from.
const FILES: [&str; 7] = [
    "scenario.json",
    "event.json",
    "signal.json",
    "resources.json",
    "metrics.csv",
    "logs.ndjson",
    "changes.ndjson",
];

/// Whole words, each with the one that stands for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Renaming(BTreeMap<String, String>);

impl Renaming {
    /// Another account and region in place of the incident's own.
    pub(crate) fn of_account_and_region(incident: &Incident) -> Self {
        let (account, region) = owner(&incident.folder);
        // Elsewhere in the same partition, and in no scenario.
        let region = (region, "ap-northeast-3".to_owned());
        Self([(account, "602914775338".to_owned()), region].into())
    }

    /// Other names for all resources and applications, in the opposite order. Ids with digits in them stay, as do names
    /// that are words of AWS's own or of the files' form.
    pub(crate) fn of_names(incident: &Incident) -> Self {
        let mut names = BTreeSet::new();
        let text = |file| fs::read_to_string(incident.folder.join(file)).unwrap_or_default();
        for file in ["resources.json", "scenario.json"] {
            let document: Value = serde_json::from_str(&text(file)).unwrap_or_default();
            collect(&document, "", &mut names);
        }
        let elsewhere = words_elsewhere(incident);
        names.retain(|name| !elsewhere.contains(name) && !elsewhere.contains(&name.to_lowercase()));
        let count = names.len();
        let renamed = names.into_iter().zip((0..count).rev().map(word));
        Self(renamed.collect())
    }

    /// Replaces every whole word that has another name.
    pub(crate) fn apply(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let mut renamed = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            renamed.push_str(&self.run(run));
            let mut others = after.chars();
            if let Some(other) = others.next() {
                renamed.push(other);
            }
            rest = others.as_str();
        }
        renamed
    }

    /// A run of word characters and hyphens: the longest names in it first.
    fn run(&self, run: &str) -> String {
        if let Some(name) = self.0.get(run) {
            return name.clone();
        }
        let mut parts: Vec<&str> = run.split('-').collect();
        let mut renamed: Vec<String> = Vec::new();
        while !parts.is_empty() {
            let longest =
                (1..=parts.len()).rev().find(|count| self.0.contains_key(&parts[..*count].join("-")));
            let count = longest.unwrap_or(1);
            let part = parts[..count].join("-");
            renamed.push(self.0.get(&part).cloned().unwrap_or(part));
            parts.drain(..count);
        }
        renamed.join("-")
    }
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The account and region of the event.
fn owner(folder: &Path) -> (String, String) {
    let read = |file| fs::read_to_string(folder.join(file)).ok();
    let text = read("event.json").or_else(|| read("signal.json")).unwrap();
    let event: Value = serde_json::from_str(&text).unwrap();
    let field = |name: &str| event[name].as_str().unwrap().to_owned();
    (field("account"), field("region"))
}

/// The names in the ARNs of a document, and its applications.
fn collect(value: &Value, key: &str, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if key == "application" => names.extend(renameable(text)),
        Value::String(text) => of_arn(text, names),
        Value::Array(all) => all.iter().for_each(|one| collect(one, key, names)),
        Value::Object(members) => {
            for (key, value) in members {
                of_arn(key, names);
                collect(value, key, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn of_arn(text: &str, names: &mut BTreeSet<String>) {
    let Some(resource) = text.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) else {
        return;
    };
    // The first part is the type of the resource, where there is more than one.
    let parts: Vec<&str> = resource.split(['/', ':']).collect();
    let from = usize::from(parts.len() > 1);
    names.extend(parts.into_iter().skip(from).filter_map(renameable));
}

/// A name of letters and hyphens. One with digits may be an id, whose form means something.
fn renameable(text: &str) -> Option<String> {
    let plain = text.len() > 2 && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    plain.then(|| text.to_owned())
}

/// The words of the files' form, which nothing may be renamed to or from: keys, and values that are no names.
fn words_elsewhere(incident: &Incident) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = [
        "live",
        "app",
        "net",
        "targetgroup",
        "loadbalancer",
        "function",
        "table",
        "service",
        "cluster",
        "instance",
        "parameter",
        "alarm",
        "stage",
        "stages",
        "restapis",
        "cache",
        "queue",
        "stream",
        "task-definition",
        "key",
        "role",
        "user",
        "policy",
        "aws-service-role",
        "assumed-role",
        "rule",
        "default",
        "state",
        "type",
        "alias",
        "firing",
        "running",
        "stopped",
        "deployments",
        "health",
        "name",
        "version",
    ]
    .map(str::to_owned)
    .into();
    let text = fs::read_to_string(incident.folder.join("resources.json")).unwrap_or_default();
    keys(&serde_json::from_str(&text).unwrap_or_default(), &mut words);
    words
}

fn keys(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| keys(one, words)),
        Value::Object(members) => {
            words.extend(members.keys().cloned());
            members.values().for_each(|one| keys(one, words));
        }
        _ => {}
    }
}

/// A word of letters that is no hexadecimal number and means nothing.
fn word(place: usize) -> String {
    let letter = |place: usize| char::from(b"klmnopqrstuvwxyz"[place % 16]);
    format!("{}o{}u{}", letter(place / 256), letter(place / 16), letter(place))
}

/// The incident with everything renamed, read from a copy of its folder.
pub(crate) fn copy(incident: &Incident, renaming: &Renaming, test: &str) -> Recording {
    let name = incident.folder.file_name().unwrap().to_string_lossy().into_owned();
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("laws-{test}-{name}"));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for entry in fs::read_dir(&incident.folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_read = FILES.contains(&file.as_str())
            || std::path::Path::new(&file).extension().is_some_and(|it| it == "csv");
        if is_read && let Ok(text) = fs::read_to_string(&path) {
            fs::write(dir.join(&file), renaming.apply(&text)).unwrap();
        }
    }
    let read = Recording::read(&dir).unwrap_or_else(|error| panic!("{name}: {error}"));
    fs::remove_dir_all(&dir).unwrap();
    read.without_model()
}
