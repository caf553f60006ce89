//! Holds the bundles that ship with Nightshift.

macro_rules! bundle {
    ($id:literal: $($file:literal),* $(,)?) => {
        ($id, &[$(($file, include_str!(concat!("../../../../infra/prompts/", $id, "/", $file))),)*])
    };
}

/// A bundle's id, and its files by their path in its folder.
pub(super) type Files = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) const SHARES: &str = include_str!("../../../../infra/prompts/shares.toml");

pub(super) const BUNDLES: &[Files] = &[bundle!(
    "claude-five-lines":
    "bundle.toml",
    "system.md",
    "weigh.md",
    "tools.toml",
    "lines/deployment.md",
    "lines/capacity.md",
    "lines/dependency.md",
    "lines/traffic.md",
    "lines/permissions.md",
)];
