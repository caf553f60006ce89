//! Defines bundles: prompts, models, prices and limits that belong together, as data. The effect of a change
//! can be measured, because each investigation records the name of its bundle.

mod built_in_tools;
mod geography;
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

use self::built_in_tools::ToolsFile;
pub(crate) use self::built_in_tools::{AnswerTools, BuiltInTool, InputKind};
pub use self::{
    geography::{Geography, GeographyChoice},
    limits::Limits,
    overrides::{GuardrailOverride, ModelOverride, ModelOverrides, Overrides},
    price::{Price, UsdPrice},
    shares::{Bundles, Shares},
};

/// The name under which the weighing is recorded; no line of inquiry may have it.
pub const WEIGH: &str = "weigh";

/// Prompts, models, prices and limits of an investigation.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The name of its folder.
    pub id: String,
    hash: String,
    /// The instructions, the same in every request.
    pub system: String,
    pub lines: Vec<LineOfInquiry>,
    /// The task of the large model.
    pub weigh: String,
    pub models: BundleModels,
    pub guardrail: Option<Guardrail>,
    pub money: MoneyLimits,
    pub limits: Limits,
    pub(crate) prices: BTreeMap<String, Price>,
    pub(crate) tools: Vec<BuiltInTool>,
    pub(crate) answer_tools: AnswerTools,
}

/// A kind of cause that is investigated by itself, and the task for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOfInquiry {
    pub name: String,
    pub prompt: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BundleModels {
    /// The small model, which follows the lines of inquiry.
    pub investigate: PricedModel,
    /// The large model, which weighs their reports.
    pub weigh: PricedModel,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PricedModel {
    /// The id of a model or of an inference profile.
    pub id: String,
    pub price: Price,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyLimits {
    pub per_incident: MicroUsd,
    /// All incidents of a UTC day together.
    pub per_day: MicroUsd,
    pub percent_for_weighing: u32,
}

impl MoneyLimits {
    /// The part of an incident's money that the lines of inquiry may spend together.
    pub(crate) fn for_lines(self) -> MicroUsd {
        let kept = u128::from(self.per_incident.0) * u128::from(self.percent_for_weighing.min(100)) / 100;
        self.per_incident.saturating_sub(MicroUsd(u64::try_from(kept).unwrap_or(u64::MAX)))
    }
}

/// A bundle that cannot be used: the file, what is wrong in it, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBundle {
    #[error("{file}: missing or empty")]
    Missing { file: String },
    #[error("{file}: cannot be parsed")]
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
struct BundleFile {
    version: u32,
    lines: Vec<String>,
    models: ModelsSection,
    prices: BTreeMap<String, UsdPrice>,
    money: MoneySection,
    limits: Limits,
    guardrail: Option<GuardrailOverride>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelsSection {
    investigate: String,
    weigh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneySection {
    usd_per_incident: f64,
    usd_per_day: f64,
    percent_for_weighing: u32,
}

const MAIN: &str = "bundle.toml";
const TOOLS: &str = "tools.toml";

impl Bundle {
    /// Parses the bundle `id` from `files`: each is its path within the bundle's folder, and its text.
    pub fn parse(id: &str, files: &[(&str, &str)]) -> Result<Self, InvalidBundle> {
        let path = |file: &str| format!("{id}/{file}");
        let text = |file: &str| {
            let found = files.iter().find(|(name, _)| *name == file).map(|(_, text)| text.trim());
            found.filter(|text| !text.is_empty()).ok_or_else(|| InvalidBundle::Missing { file: path(file) })
        };
        let form = |file: &str| {
            let file = path(file);
            move |source| InvalidBundle::Form { file, source }
        };
        let file: BundleFile = toml::from_str(text(MAIN)?).map_err(form(MAIN))?;
        let tools: ToolsFile = toml::from_str(text(TOOLS)?).map_err(form(TOOLS))?;
        let main = path(MAIN);
        let wrong = |field: &str, reason: String| InvalidBundle::field(&main, field, reason);
        if file.version != 1 {
            return Err(wrong("version", format!("invalid version {}: expected 1", file.version)));
        }
        let prices = file.prices.into_iter().map(|(model, price)| {
            let field = format!("prices.{model}");
            Ok((model, price.into_price().map_err(|reason| wrong(&field, reason))?))
        });
        let prices = prices.collect::<Result<BTreeMap<_, _>, InvalidBundle>>()?;
        let with_price = |field: &str, id: String| {
            let price = prices.get(&id).copied();
            let price = price
                .ok_or_else(|| wrong(field, format!("no price for {id}: expected one under [prices]")))?;
            Ok::<_, InvalidBundle>(PricedModel { id, price })
        };
        let models = BundleModels {
            investigate: with_price("models.investigate", file.models.investigate)?,
            weigh: with_price("models.weigh", file.models.weigh)?,
        };
        let mut lines: Vec<LineOfInquiry> = Vec::new();
        for name in file.lines {
            let word = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase());
            if !word || name == WEIGH || lines.iter().any(|line| line.name == name) {
                return Err(wrong(
                    "lines",
                    format!(
                        "invalid line {name:?}: expected 1 to 32 lower-case letters, once, and not \"{WEIGH}\""
                    ),
                ));
            }
            let prompt = text(&format!("lines/{name}.md"))?.to_owned();
            lines.push(LineOfInquiry { name, prompt });
        }
        file.limits.check(lines.len()).map_err(|(field, reason)| wrong(field, reason))?;
        let bundle = Self {
            id: id.to_owned(),
            hash: hash(files),
            system: text("system.md")?.to_owned(),
            weigh: text("weigh.md")?.to_owned(),
            lines,
            models,
            guardrail: file.guardrail.map(GuardrailOverride::into_guardrail),
            money: MoneyLimits {
                per_incident: usd(file.money.usd_per_incident)
                    .map_err(|reason| wrong("money.usd_per_incident", reason))?,
                per_day: usd(file.money.usd_per_day).map_err(|reason| wrong("money.usd_per_day", reason))?,
                percent_for_weighing: file.money.percent_for_weighing,
            },
            limits: file.limits,
            prices,
            answer_tools: tools.answers.clone(),
            tools: tools
                .into_tools()
                .map_err(|(field, reason)| InvalidBundle::field(&path(TOOLS), &field, reason))?,
        };
        let percent = bundle.money.percent_for_weighing;
        if percent > 90 {
            return Err(wrong(
                "money.percent_for_weighing",
                format!("invalid value {percent}: expected at most 90, which leaves the lines 10"),
            ));
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

/// Converts US dollars as a file has them.
pub(crate) fn usd(dollars: f64) -> Result<MicroUsd, String> {
    if !dollars.is_finite() || !(0.0..=1_000_000.0).contains(&dollars) {
        return Err(format!("invalid amount {dollars}: expected 0 to 1000000 US dollars"));
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
