//! Defines playbooks: known causes, and the action that mitigates each, as data.

use std::collections::BTreeMap;

use common::{
    ActionId, FailureMode,
    diagnosis::{HypothesisOrigin, RuledOutBy},
    sha256_hex,
};
use serde::Deserialize;

use crate::{
    playbooks::condition::{Condition, Test, UncheckedCondition},
    playbooks::facts::producible,
    playbooks::playbook_resource::PlaybookResource,
    playbooks::template::Template,
};

/// The playbooks that ship with Nightshift, by file name.
const SHIPPED: &[(&str, &str)] = &[
    ("capacity-changed.toml", include_str!("../../../../infra/playbooks/capacity-changed.toml")),
    ("configuration-changed.toml", include_str!("../../../../infra/playbooks/configuration-changed.toml")),
    ("ecs-bad-deployment.toml", include_str!("../../../../infra/playbooks/ecs-bad-deployment.toml")),
    ("ecs-broken-release.toml", include_str!("../../../../infra/playbooks/ecs-broken-release.toml")),
    (
        "ecs-configuration-changed.toml",
        include_str!("../../../../infra/playbooks/ecs-configuration-changed.toml"),
    ),
    (
        "ecs-redeployment-failed.toml",
        include_str!("../../../../infra/playbooks/ecs-redeployment-failed.toml"),
    ),
    ("ecs-release-taken-back.toml", include_str!("../../../../infra/playbooks/ecs-release-taken-back.toml")),
    ("ecs-release-under-way.toml", include_str!("../../../../infra/playbooks/ecs-release-under-way.toml")),
    (
        "instance-stopped-unseen.toml",
        include_str!("../../../../infra/playbooks/instance-stopped-unseen.toml"),
    ),
    ("instance-stopped.toml", include_str!("../../../../infra/playbooks/instance-stopped.toml")),
    ("instance-terminated.toml", include_str!("../../../../infra/playbooks/instance-terminated.toml")),
    (
        "lambda-alias-moved-from-unknown.toml",
        include_str!("../../../../infra/playbooks/lambda-alias-moved-from-unknown.toml"),
    ),
    ("lambda-alias-moved.toml", include_str!("../../../../infra/playbooks/lambda-alias-moved.toml")),
    ("network-changed.toml", include_str!("../../../../infra/playbooks/network-changed.toml")),
    ("parameter-overwritten.toml", include_str!("../../../../infra/playbooks/parameter-overwritten.toml")),
    ("permissions-changed.toml", include_str!("../../../../infra/playbooks/permissions-changed.toml")),
    ("resource-stopped.toml", include_str!("../../../../infra/playbooks/resource-stopped.toml")),
    ("secret-overwritten.toml", include_str!("../../../../infra/playbooks/secret-overwritten.toml")),
];

/// A known signature with its cause, and the action to propose.
#[derive(Debug, Clone)]
pub struct Playbook {
    pub id: String,
    pub version: u32,
    pub resource: PlaybookResource,
    pub failure_mode: FailureMode,
    pub cause: Template,
    /// All must hold.
    pub requires: Vec<Condition>,
    /// Each that holds adds to the confidence.
    pub supports: Vec<Condition>,
    /// Each that holds takes from it.
    pub contradicts: Vec<Condition>,
    /// `None` where the cause can only be told to a human.
    pub action: Option<PlaybookAction>,
}

/// The action that a playbook proposes: its id in the catalogue, and the templates of its parameters.
#[derive(Debug, Clone)]
pub struct PlaybookAction {
    pub id: ActionId,
    pub parameters: BTreeMap<String, Template>,
}

/// A set of playbooks, by id.
#[derive(Debug, Clone)]
pub struct Playbooks {
    all: Vec<Playbook>,
    hash: String,
}

/// A playbook that cannot be used, with the file and what is wrong in it.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPlaybook {
    #[error("{file}: not a valid playbook")]
    Form {
        file: String,
        #[source]
        source: toml::de::Error,
    },
    #[error("{file}: {field}: {reason}")]
    Field { file: String, field: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaybookFile {
    id: String,
    version: u32,
    resource: PlaybookResource,
    failure_mode: FailureMode,
    cause: String,
    requires: Vec<UncheckedCondition>,
    #[serde(default)]
    supports: Vec<UncheckedCondition>,
    #[serde(default)]
    contradicts: Vec<UncheckedCondition>,
    action: Option<ActionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionFile {
    id: ActionId,
    parameters: BTreeMap<String, String>,
}

impl Playbook {
    /// Parses and checks the playbook in the file named `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, InvalidPlaybook> {
        let written: PlaybookFile =
            toml::from_str(text).map_err(|source| InvalidPlaybook::Form { file: file.to_owned(), source })?;
        let wrong = |field: &str, reason: String| InvalidPlaybook::Field {
            file: file.to_owned(),
            field: field.to_owned(),
            reason,
        };
        if file.strip_suffix(".toml") != Some(written.id.as_str()) {
            return Err(wrong(
                "id",
                format!("invalid id {:?}: expected the file's name without .toml", written.id),
            ));
        }
        let conditions = |field: &str, all: Vec<UncheckedCondition>| {
            let parsed: Result<Vec<_>, _> = all.into_iter().map(UncheckedCondition::parse).collect();
            parsed.map_err(|reason| wrong(field, reason))
        };
        let action = written.action.map(|action| {
            let parameters = action.parameters.into_iter().map(|(name, text)| {
                let template = Template::parse(&text);
                template
                    .map(|it| (name.clone(), it))
                    .map_err(|reason| wrong(&format!("action.parameters.{name}"), reason))
            });
            Ok(PlaybookAction { id: action.id, parameters: parameters.collect::<Result<_, _>>()? })
        });
        let playbook = Self {
            id: written.id,
            version: written.version,
            resource: written.resource,
            failure_mode: written.failure_mode,
            cause: Template::parse(&written.cause).map_err(|reason| wrong("cause", reason))?,
            requires: conditions("requires", written.requires)?,
            supports: conditions("supports", written.supports)?,
            contradicts: conditions("contradicts", written.contradicts)?,
            action: action.transpose()?,
        };
        if playbook.requires.is_empty() {
            return Err(wrong(
                "requires",
                "expected at least one condition: a playbook without any would explain everything".to_owned(),
            ));
        }
        match playbook.unknown_fact() {
            Some((field, fact)) => Err(wrong(
                &field,
                format!("unknown fact {fact}: nothing produces it for this kind of resource"),
            )),
            None => Ok(playbook),
        }
    }

    /// Names the playbook as the maker of a hypothesis.
    pub fn origin(&self) -> HypothesisOrigin {
        HypothesisOrigin::Playbook { id: self.id.clone(), version: self.version }
    }

    /// Names the playbook as what ruled a component out.
    pub fn ruled_out_by(&self) -> RuledOutBy {
        RuledOutBy::Playbook { id: self.id.clone(), version: self.version }
    }

    /// Returns the first fact it names that no candidate of its kind can have, with the field that names it.
    fn unknown_fact(&self) -> Option<(String, String)> {
        let conditions =
            [("requires", &self.requires), ("supports", &self.supports), ("contradicts", &self.contradicts)];
        let in_conditions = conditions.into_iter().flat_map(|(field, all)| {
            all.iter().flat_map(Condition::facts).map(move |fact| (field.to_owned(), fact))
        });
        let in_cause = self.cause.facts().map(|fact| ("cause".to_owned(), fact));
        let in_action =
            self.action.iter().flat_map(|action| &action.parameters).flat_map(|(name, template)| {
                template.facts().map(move |fact| (format!("action.parameters.{name}"), fact))
            });
        in_conditions
            .chain(in_cause)
            .chain(in_action)
            .find(|(_, fact)| !producible(self.resource).any(|known| known == *fact))
            .map(|(field, fact)| (field, fact.to_owned()))
    }
}

impl Playbooks {
    /// Returns the playbooks that ship with Nightshift.
    pub fn shipped() -> Result<Self, InvalidPlaybook> {
        Self::parse(SHIPPED)
    }

    /// Parses the playbooks in `files`, each its name and its text.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, InvalidPlaybook> {
        let parsed = files.iter().map(|(file, text)| Playbook::parse(file, text));
        let mut all = parsed.collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.id.cmp(&b.id));
        let mut texts: Vec<_> = files.iter().map(|(file, text)| format!("{file}\u{1f}{text}")).collect();
        texts.sort();
        let hash = sha256_hex(texts.join("\u{1e}")).chars().take(12).collect();
        Ok(Self { all, hash })
    }

    /// Returns the playbooks about this kind of resource, by id.
    pub fn for_kind(&self, kind: PlaybookResource) -> impl Iterator<Item = &Playbook> {
        self.all.iter().filter(move |playbook| playbook.resource == kind)
    }

    pub fn all(&self) -> impl Iterator<Item = &Playbook> {
        self.all.iter()
    }

    /// Returns true if a playbook about this kind requires the call `event`.
    pub fn names_event(&self, kind: PlaybookResource, event: &str) -> bool {
        self.for_kind(kind).flat_map(|playbook| &playbook.requires).any(|condition| {
            condition.fact == "change.event"
                && matches!(&condition.test, Test::Is(events) if events.iter().any(|named| named == event))
        })
    }

    /// Names the set in a diagnosis: the same playbooks have the same name.
    pub fn producer(&self) -> String {
        format!("playbooks@{}", self.hash)
    }
}
