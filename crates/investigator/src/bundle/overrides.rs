//! Applies the overrides that a deployment decides for itself.

use common::{MicroUsd, model::Guardrail};
use serde::Deserialize;

use super::{Bundle, InvalidBundle, PricedModel, price::UsdPrice};

/// Overrides of a bundle, from the environment as JSON: `{"models": {"weigh": {"id": "eu.…"}}, "incident_cap":
/// 100000}`. A field that is not given stays as the bundle has it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    pub models: ModelOverrides,
    pub guardrail: Option<GuardrailOverride>,
    /// Millionths of a dollar.
    pub incident_cap: Option<MicroUsd>,
    /// Millionths of a dollar.
    pub day_cap: Option<MicroUsd>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelOverrides {
    pub investigate: Option<ModelOverride>,
    pub weigh: Option<ModelOverride>,
}

impl Overrides {
    /// Returns true where no model of the bundle's own is left.
    pub const fn name_every_model(&self) -> bool {
        self.models.investigate.is_some() && self.models.weigh.is_some()
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelOverride {
    pub id: String,
    /// Needed where the bundle has none for this id.
    #[serde(default)]
    pub price: Option<UsdPrice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardrailOverride {
    pub id: String,
    pub version: String,
}

impl GuardrailOverride {
    pub(crate) fn into_guardrail(self) -> Guardrail {
        Guardrail { id: self.id, version: self.version }
    }
}

impl Bundle {
    /// Returns the bundle with the deployment's overrides. Its name stays, because that is a hash of the files; the
    /// trace has the models that were asked.
    pub fn with_overrides(mut self, overrides: Overrides) -> Result<Self, InvalidBundle> {
        let Overrides { models, guardrail, incident_cap, day_cap } = overrides;
        if let Some(model) = models.investigate {
            self.models.investigate = self.priced("models.investigate", model)?;
        }
        if let Some(model) = models.weigh {
            self.models.weigh = self.priced("models.weigh", model)?;
        }
        if let Some(guardrail) = guardrail {
            self.guardrail = Some(guardrail.into_guardrail());
        }
        self.money.per_incident = incident_cap.unwrap_or(self.money.per_incident);
        self.money.per_day = day_cap.unwrap_or(self.money.per_day);
        Ok(self)
    }

    fn priced(&self, field: &str, model: ModelOverride) -> Result<PricedModel, InvalidBundle> {
        let wrong = |reason: String| InvalidBundle::field("overrides", field, reason);
        let price = match model.price {
            Some(price) => Some(price.into_price().map_err(wrong)?),
            None => self.prices.get(&model.id).copied(),
        };
        match price {
            Some(price) if !model.id.is_empty() => Ok(PricedModel { id: model.id, price }),
            Some(_) => Err(wrong("empty id: expected that of a model or an inference profile".to_owned())),
            None => Err(wrong(format!(
                "no price for {:?}: expected one here or in the bundle {}",
                model.id, self.id
            ))),
        }
    }
}
