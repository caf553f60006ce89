//! A bundle: prompts, models and bounds that belong together, as data. What a change of them does can be
//! seen incident by incident, because each is investigated under the name of its bundle.

mod built_in_tools;
mod limits;
mod overrides;
mod price;
mod shares;
mod shipped;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use common::{MicroUsd, model::Guardrail, sha256_hex};
use serde::Deserialize;

pub(crate) use self::built_in_tools::{BuiltIn, InputKind};
use self::{built_in_tools::WrittenTools, price::WrittenPrice};
pub use self::{
    limits::Limits,
    overrides::{GuardrailOverride, ModelOverride, ModelOverrides, Overrides},
    price::Price,
    shares::{Bundles, Shares},
};

/// The line under which the weighing is recorded.
pub const WEIGH: &str = "weigh";

#[derive(Debug, Clone)]
pub struct Bundle {
    /// The folder's name.
    pub id: String,
    hash: String,
    /// The same for every request.
    pub system: String,
    pub lines: Vec<Line>,
    /// What the large model is asked to do.
    pub weigh: String,
    pub models: Models,
    pub guardrail: Option<Guardrail>,
    pub money: Money,
    pub limits: Limits,
    pub(crate) prices: BTreeMap<String, Price>,
    pub(crate) tools: Vec<BuiltIn>,
    pub(crate) answers: Answers,
}

/// One line of inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub prompt: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Models {
    /// The small one, which follows the lines of inquiry.
    pub investigate: PricedModel,
    /// The large one, which weighs what they found.
    pub weigh: PricedModel,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PricedModel {
    /// Model id or inference profile.
    pub id: String,
    pub price: Price,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub per_incident: MicroUsd,
    /// All incidents of a UTC day together.
    pub per_day: MicroUsd,
    pub percent_for_weighing: u32,
}

impl Money {
    /// Of an incident's money, what the lines of inquiry may spend together.
    pub(crate) fn for_lines(self) -> MicroUsd {
        let kept = u128::from(self.per_incident.0) * u128::from(self.percent_for_weighing.min(100)) / 100;
        self.per_incident.saturating_sub(MicroUsd(u64::try_from(kept).unwrap_or(u64::MAX)))
    }
}

/// How the tools are described that an answer is given with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    pub(crate) report_line: String,
    pub(crate) submit_diagnosis: String,
}

/// A bundle that cannot be used, with the file and what is wrong in it.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBundle {
    #[error("{file} is missing")]
    Missing { file: String },
    #[error("{file} is not in the form that it should have")]
    Form {
        file: String,
        #[source]
        source: toml::de::Error,
    },
    #[error("{file}: {field}: {reason}")]
    Field { file: String, field: String, reason: String },
}

impl InvalidBundle {
    pub(crate) fn field(file: &str, field: &str, reason: impl Into<String>) -> Self {
        Self::Field { file: file.to_owned(), field: field.to_owned(), reason: reason.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    lines: Vec<String>,
    models: WrittenModels,
    prices: BTreeMap<String, WrittenPrice>,
    money: WrittenMoney,
    limits: Limits,
    guardrail: Option<GuardrailOverride>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenModels {
    investigate: String,
    weigh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMoney {
    usd_per_incident: f64,
    usd_per_day: f64,
    percent_for_weighing: u32,
}

const MAIN: &str = "bundle.toml";
const TOOLS: &str = "tools.toml";

impl Bundle {
    /// The bundle `id` in `files`, each its path within the bundle's folder and its text.
    pub fn parse(id: &str, files: &[(&str, &str)]) -> Result<Self, InvalidBundle> {
        let named = |file: &str| format!("{id}/{file}");
        let text = |file: &str| {
            let found = files.iter().find(|(name, _)| *name == file).map(|(_, text)| text.trim());
            found.filter(|text| !text.is_empty()).ok_or_else(|| InvalidBundle::Missing { file: named(file) })
        };
        let form = |file: &str| {
            let file = named(file);
            move |source| InvalidBundle::Form { file, source }
        };
        let written: Written = toml::from_str(text(MAIN)?).map_err(form(MAIN))?;
        let tools: WrittenTools = toml::from_str(text(TOOLS)?).map_err(form(TOOLS))?;
        let main = named(MAIN);
        let wrong = |field: &str, reason: String| InvalidBundle::field(&main, field, reason);
        if written.version != 1 {
            return Err(wrong("version", format!("{} is not 1, the only form there is", written.version)));
        }
        let prices = written.prices.into_iter().map(|(model, price)| {
            let field = format!("prices.{model}");
            Ok((model, price.checked().map_err(|reason| wrong(&field, reason))?))
        });
        let prices = prices.collect::<Result<BTreeMap<_, _>, InvalidBundle>>()?;
        let with_price = |field: &str, id: String| {
            let price = prices.get(&id).copied();
            let price = price.ok_or_else(|| wrong(field, format!("{id} has no price in this file")))?;
            Ok::<_, InvalidBundle>(PricedModel { id, price })
        };
        let models = Models {
            investigate: with_price("models.investigate", written.models.investigate)?,
            weigh: with_price("models.weigh", written.models.weigh)?,
        };
        let mut lines: Vec<Line> = Vec::new();
        for name in written.lines {
            let word = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase());
            if !word || name == WEIGH || lines.iter().any(|line| line.name == name) {
                return Err(wrong("lines", format!("{name:?} is not a lower-case word that stands alone")));
            }
            let prompt = text(&format!("lines/{name}.md"))?.to_owned();
            lines.push(Line { name, prompt });
        }
        written.limits.check(lines.len()).map_err(|(field, reason)| wrong(field, reason))?;
        let bundle = Self {
            id: id.to_owned(),
            hash: hash(files),
            system: text("system.md")?.to_owned(),
            weigh: text("weigh.md")?.to_owned(),
            lines,
            models,
            guardrail: written.guardrail.map(GuardrailOverride::into_guardrail),
            money: Money {
                per_incident: usd(written.money.usd_per_incident)
                    .map_err(|reason| wrong("money.usd_per_incident", reason))?,
                per_day: usd(written.money.usd_per_day)
                    .map_err(|reason| wrong("money.usd_per_day", reason))?,
                percent_for_weighing: written.money.percent_for_weighing,
            },
            limits: written.limits,
            prices,
            answers: tools.answers.clone(),
            tools: tools
                .checked()
                .map_err(|(field, reason)| InvalidBundle::field(&named(TOOLS), &field, reason))?,
        };
        if bundle.money.percent_for_weighing > 90 {
            return Err(wrong("money.percent_for_weighing", "more than 90 leaves the lines nothing".into()));
        }
        Ok(bundle)
    }

    /// `<id>@<first 12 digits of the files' hash>`: the same files always have the same name.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.hash)
    }

    pub(crate) fn seconds(&self) -> Duration {
        Duration::from_secs(self.limits.seconds)
    }
}

/// Dollars as written in a file.
pub(crate) fn usd(dollars: f64) -> Result<MicroUsd, String> {
    if !dollars.is_finite() || !(0.0..=1_000_000.0).contains(&dollars) {
        return Err(format!("{dollars} is not an amount from 0 to a million dollars"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let micro = (dollars * 1e6).round() as u64;
    Ok(MicroUsd(micro))
}

fn hash(files: &[(&str, &str)]) -> String {
    let mut texts: Vec<_> = files.iter().map(|(file, text)| format!("{file}\u{1f}{text}")).collect();
    texts.sort();
    sha256_hex(texts.join("\u{1e}")).chars().take(12).collect()
}
