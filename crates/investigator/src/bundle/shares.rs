//! Chooses the bundle that an incident is investigated with.

use std::collections::BTreeMap;

use common::{IncidentId, sha256_hex};
use serde::Deserialize;

use super::{Bundle, Geography, InvalidBundle, shipped};

const FILE: &str = "shares.toml";

/// The percentage of incidents that each bundle gets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    shares: BTreeMap<String, u32>,
}

impl Shares {
    pub fn parse(text: &str) -> Result<Self, InvalidBundle> {
        let shares: Self =
            toml::from_str(text).map_err(|source| InvalidBundle::Form { file: FILE.to_owned(), source })?;
        let sum = shares.shares.values().fold(0u32, |sum, share| sum.saturating_add(*share));
        if sum == 100 {
            Ok(shares)
        } else {
            Err(InvalidBundle::field(FILE, "shares", format!("invalid sum {sum}: expected 100")))
        }
    }

    /// The id of the bundle for `incident`: always the same for the same incident.
    pub fn choose(&self, incident: IncidentId) -> &str {
        let digest = sha256_hex(format!("bundle\u{1f}{incident}"));
        let drawn = digest.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let mut left = drawn.unwrap_or_default() % 100;
        for (id, share) in &self.shares {
            match left.checked_sub(*share) {
                None => return id,
                Some(rest) => left = rest,
            }
        }
        ""
    }
}

/// All bundles that an incident may be investigated with.
///
/// ```
/// use common::{Fingerprint, IncidentId};
/// use investigator::Bundles;
///
/// let bundles = Bundles::shipped()?;
/// let incident = IncidentId::opened_by(&"event-1".parse()?, &Fingerprint::from_parts(&["alarm"]), "2026-01-01T00:00:00Z".parse()?);
/// let bundle = bundles.choose(incident).expect("every incident gets a bundle");
/// assert!(bundle.name().starts_with("claude-five-lines@"));
/// assert_eq!(bundle.lines.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bundles {
    shares: Shares,
    all: Vec<Bundle>,
}

impl Bundles {
    /// The bundles that ship with Nightshift.
    pub fn shipped() -> Result<Self, InvalidBundle> {
        let all = shipped::BUNDLES.iter().map(|(id, files)| Bundle::parse(id, files));
        Self::new(Shares::parse(shipped::SHARES)?, all.collect::<Result<_, _>>()?)
    }

    /// Fails where a share is for a bundle that is not in `all`.
    pub fn new(shares: Shares, all: Vec<Bundle>) -> Result<Self, InvalidBundle> {
        let unknown = shares.shares.keys().find(|id| all.iter().all(|bundle| bundle.id != **id));
        match unknown {
            Some(id) => Err(InvalidBundle::field(
                FILE,
                &format!("shares.{id}"),
                "unknown bundle: expected one of the folder",
            )),
            None => Ok(Self { shares, all }),
        }
    }

    /// Returns the bundles with the geography's profiles.
    ///
    /// # Errors
    /// A profile that its bundle has no price for.
    pub fn in_geography(self, geography: Geography) -> Result<Self, InvalidBundle> {
        let all = self.all.into_iter().map(|bundle| bundle.in_geography(geography));
        Ok(Self { all: all.collect::<Result<_, _>>()?, ..self })
    }

    /// Returns the bundles with the deployment's overrides.
    pub fn with_overrides(self, overrides: &super::Overrides) -> Result<Self, InvalidBundle> {
        let all = self.all.into_iter().map(|bundle| bundle.with_overrides(overrides.clone()));
        Ok(Self { all: all.collect::<Result<_, _>>()?, ..self })
    }

    pub fn all(&self) -> impl Iterator<Item = &Bundle> {
        self.all.iter()
    }

    /// The bundle for `incident`. It is never `None`, because the shares were checked against the bundles.
    pub fn choose(&self, incident: IncidentId) -> Option<&Bundle> {
        let id = self.shares.choose(incident);
        self.all.iter().find(|bundle| bundle.id == id)
    }
}
