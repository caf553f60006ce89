//! Lists, as data, all actions that Nightshift can take.

mod by_hand;
pub(crate) mod undo;

use std::collections::BTreeMap;

use common::{ActionId, ResourceKind};
use serde::Deserialize;

use crate::documents::{self, DocumentPin, Documents};

pub(crate) use self::undo::Undo;
pub use self::{by_hand::ByHand, undo::TargetProperty};
use crate::facts::blast_radius::CapacityEffect;

const SHIPPED: &str = include_str!("../../../infra/actions.toml");

/// The actions by their ids, and the documents that they run.
#[derive(Debug, Clone)]
pub struct Catalogue {
    actions: BTreeMap<ActionId, Action>,
    documents: Documents,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// One sentence for people, with `{Parameter}` places.
    pub summary: String,
    /// Name of the SSM Automation document.
    pub document: String,
    /// The version and content of a team's own document; none of a document of `infra/automation`.
    pub pin: Option<DocumentPin>,
    pub tier: u8,
    pub capacity: CapacityEffect,
    pub resource: TargetKind,
    /// It only undoes another action, and cannot be proposed.
    #[serde(default)]
    pub undo_only: bool,
    pub parameters: BTreeMap<String, Bound>,
    /// The parameters that only a plan which undoes another one has; its document has defaults for them.
    #[serde(default)]
    pub undo_parameters: BTreeMap<String, Bound>,
    pub undo: Option<Undo>,
    pub by_hand: ByHand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    Parameter,
    FunctionAlias,
    Instance,
    Service,
}

/// The values that a parameter may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Bound {
    /// Exactly this part of the target's ARN.
    Target(String),
    /// A whole number of at least this.
    WholeNumber(u64),
    /// An ARN of the target's account and region: `service:start of the resource`.
    Arn(String),
    /// The revision of a Lambda alias.
    Revision,
    /// The id of an ECS deployment.
    Deployment,
    /// The weights of a Lambda alias: a JSON object with at most one version and its share of the traffic.
    Weights,
}

/// A catalogue that contradicts itself.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("infra/actions.toml")]
    Unreadable(#[source] toml::de::Error),
    #[error("infra/actions.toml: {action}.{field}: {problem}")]
    Wrong { action: ActionId, field: String, problem: String },
}

impl Catalogue {
    /// The one that ships with Nightshift.
    pub fn shipped() -> Result<Self, CatalogueError> {
        Self::parse(SHIPPED)
    }

    fn parse(text: &str) -> Result<Self, CatalogueError> {
        let actions = toml::from_str(text).map_err(CatalogueError::Unreadable)?;
        let catalogue = Self { actions, documents: Documents::default() };
        let mut documents = Vec::new();
        for (id, action) in catalogue.actions() {
            let wrong = |field: &str, problem: String| CatalogueError::Wrong {
                action: id.clone(),
                field: field.to_owned(),
                problem,
            };
            if !matches!(action.tier, 2 | 3) {
                return Err(wrong("tier", format!("invalid tier {}: expected 2 or 3", action.tier)));
            }
            let expected = documents::expected(&action.document, action.pin.as_ref())
                .map_err(|problem| wrong("pin", problem))?;
            documents.push((action.document.clone(), expected));
            for (name, bound) in action.parameters.iter().chain(&action.undo_parameters) {
                if let Bound::Target(part) = bound
                    && !action.resource.parts().contains(&part.as_str())
                {
                    let expected = action.resource.parts().join(", ");
                    return Err(wrong(
                        name,
                        format!("unknown part of the target {part:?}: expected one of {expected}"),
                    ));
                }
            }
            for (stage, text) in action.by_hand.stages() {
                let named = |name: &&str| !action.parameters.contains_key(*name);
                if let Some(unknown) = by_hand::names(text).find(named) {
                    let expected: Vec<_> = action.parameters.keys().map(String::as_str).collect();
                    return Err(wrong(
                        &format!("by_hand.{stage}"),
                        format!("unknown parameter {unknown}: expected one of {}", expected.join(", ")),
                    ));
                }
            }
            if let Some(undo) = &action.undo {
                undo.check(action, &catalogue).map_err(|(field, problem)| wrong(&field, problem))?;
            }
        }
        Ok(Self { documents: Documents::new(documents), ..catalogue })
    }

    pub fn action(&self, id: &ActionId) -> Option<&Action> {
        self.actions.get(id)
    }

    /// The documents that the actions run, and what each must be.
    pub fn documents(&self) -> Documents {
        self.documents.clone()
    }

    pub fn actions(&self) -> impl Iterator<Item = (&ActionId, &Action)> {
        self.actions.iter()
    }
}

impl Action {
    /// The parameters that a plan of this action has, with their bounds.
    pub(crate) fn plan_parameters(&self, undoes: bool) -> impl Iterator<Item = (&String, &Bound)> {
        self.parameters.iter().chain(self.undo_parameters.iter().filter(move |_| undoes))
    }
}

impl TargetKind {
    const fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Parameter => &["name"],
            Self::FunctionAlias => &["function", "alias"],
            Self::Instance => &["id"],
            Self::Service => &["cluster", "service"],
        }
    }

    /// The part of a target of this kind that has this name; `None` for a target of another kind.
    pub(crate) fn part(self, target: &ResourceKind, part: &str) -> Option<String> {
        match (self, target, part) {
            (Self::Parameter, ResourceKind::Parameter { name }, "name") => Some(name),
            (Self::FunctionAlias, ResourceKind::FunctionAlias { function, .. }, "function") => Some(function),
            (Self::FunctionAlias, ResourceKind::FunctionAlias { alias, .. }, "alias") => Some(alias),
            (Self::Instance, ResourceKind::Instance { id }, "id") => Some(id),
            (Self::Service, ResourceKind::Service { cluster, .. }, "cluster") => Some(cluster),
            (Self::Service, ResourceKind::Service { service, .. }, "service") => Some(service),
            _ => None,
        }
        .cloned()
    }

    pub(crate) fn is_of(self, target: &ResourceKind) -> bool {
        self.parts().iter().all(|part| self.part(target, part).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::ExpectedDocument;

    #[test]
    fn shipped_catalogue_holds_together() {
        let catalogue = Catalogue::shipped().unwrap();
        assert!(catalogue.actions().count() >= 5);
    }

    #[test]
    fn parse_wrong_catalogue_names_the_action_and_the_field() {
        let cases = [
            ("tier = 2", "tier = 7", "tier"),
            ("document = \"Nightshift-StartInstance\"", "document = \"Team-StartInstance\"", "pin"),
            ("target = \"id\"", "target = \"nmae\"", "InstanceId"),
            ("action = \"stop-instance\"", "action = \"stop-everything\"", "undo.action"),
            ("parameters = { InstanceId = \"{InstanceId}\" }", "parameters = {}", "undo.parameters"),
            (
                "\"{RecordState.VersionBefore}\", ExpectedVersion",
                "\"{VersionBefore}\", ExpectedVersion",
                "undo.parameters",
            ),
            ("made_if = { \"RestoreValue.Version\" = \"*\" }", "made_if = {}", "undo.made_if"),
            ("made_if = { \"RestoreValue.Version\"", "made_if = { \"RestoreValue\"", "undo.made_if"),
            ("still_ours = { version", "still_ours = { revision", "undo.still_ours"),
            ("still_ours = { version = \"RestoreValue.Version\" }", "still_ours = {}", "undo.still_ours"),
            ("\"{ExpectedVersion}\" }", "\"{ExpectedVresion}\" }", "undo.fault_if"),
            ("by_hand]\nprepare = \"", "by_hand]\nprepare = \"{Nmae}", "by_hand.prepare"),
        ];
        for (right, wrong, field) in cases {
            let error = Catalogue::parse(&SHIPPED.replacen(right, wrong, 1)).unwrap_err().to_string();
            assert!(error.contains("infra/actions.toml") && error.contains(field), "{error}");
        }
    }

    #[test]
    fn documents_of_a_teams_own_action_are_pinned() {
        let pin = format!("pin = {{ version = \"3\", sha256 = \"{}\" }}", "ab".repeat(32));
        let own = format!("document = \"Team-Restore\"\n{pin}");
        let text = SHIPPED.replacen("document = \"Nightshift-RestoreParameter\"", &own, 1);
        let documents = Catalogue::parse(&text).unwrap().documents();
        assert!(
            matches!(documents.expected("Team-Restore"), Some(ExpectedDocument::Pinned(pin)) if pin.version == "3")
        );
        assert!(matches!(
            documents.expected("Nightshift-StartInstance"),
            Some(ExpectedDocument::Content { .. })
        ));
        assert_eq!(documents.expected("Nightshift-RestoreParameter"), None);
    }

    #[test]
    fn parse_unknown_field_is_refused() {
        let text = SHIPPED.replacen("tier = 2", "tier = 2\ntire = 3", 1);
        assert!(matches!(Catalogue::parse(&text), Err(CatalogueError::Unreadable(_))));
    }
}
