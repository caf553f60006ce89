//! Keeps what a model is asked in a geography, by Bedrock's inference profiles of that geography.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html> and
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/models-region-compatibility.html>.

use std::str::FromStr;

use super::{Bundle, InvalidBundle, PricedModel};

/// The beginning of the ids of the shipped bundles' profiles.
const GLOBAL: &str = "global.";

/// The Regions in which Bedrock may process a request: a profile's id begins with their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Geography {
    UnitedStates,
    Europe,
    Japan,
    Australia,
    /// Every commercial Region.
    Global,
}

/// A Region whose geography has no profiles of the bundle's models.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no inference profile stays in the geography of {region:?}: expected one of us, eu, jp, au and global to be chosen"
)]
pub struct NoGeography {
    pub region: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid geography {text:?}: expected region, us, eu, jp, au or global")]
pub struct InvalidGeography {
    pub text: String,
}

/// A deployment's choice of geography.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeographyChoice {
    /// That of the Region in which Nightshift runs.
    OfRegion,
    Fixed(Geography),
}

impl FromStr for GeographyChoice {
    type Err = InvalidGeography;

    fn from_str(text: &str) -> Result<Self, InvalidGeography> {
        Ok(match text {
            "region" => Self::OfRegion,
            "us" => Self::Fixed(Geography::UnitedStates),
            "eu" => Self::Fixed(Geography::Europe),
            "jp" => Self::Fixed(Geography::Japan),
            "au" => Self::Fixed(Geography::Australia),
            "global" => Self::Fixed(Geography::Global),
            _ => return Err(InvalidGeography { text: text.to_owned() }),
        })
    }
}

impl GeographyChoice {
    /// # Errors
    /// A Region whose geography has no profiles, where none was chosen: data must not leave it unasked.
    pub fn in_region(self, region: &str) -> Result<Geography, NoGeography> {
        match self {
            Self::Fixed(geography) => Ok(geography),
            Self::OfRegion => Geography::from_region(region).ok_or(NoGeography { region: region.to_owned() }),
        }
    }
}

impl Geography {
    /// Returns the geography of a Region: Tokyo and Osaka are Japan's, Sydney and Melbourne Australia's. Other Regions,
    /// Canada's among them, may call another geography's profiles, and have none of their own.
    pub fn from_region(region: &str) -> Option<Self> {
        match region {
            "ap-northeast-1" | "ap-northeast-3" => Some(Self::Japan),
            "ap-southeast-2" | "ap-southeast-4" => Some(Self::Australia),
            _ if region.starts_with("eu-") => Some(Self::Europe),
            _ if region.starts_with("us-") && !region.starts_with("us-gov-") => Some(Self::UnitedStates),
            _ => None,
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::UnitedStates => "us.",
            Self::Europe => "eu.",
            Self::Japan => "jp.",
            Self::Australia => "au.",
            Self::Global => GLOBAL,
        }
    }
}

impl Bundle {
    /// Returns the bundle with the geography's profiles in place of the global ones, at their prices.
    ///
    /// # Errors
    /// A profile that the bundle has no price for.
    pub fn in_geography(mut self, geography: Geography) -> Result<Self, InvalidBundle> {
        self.models.investigate = self.moved("models.investigate", &self.models.investigate, geography)?;
        self.models.weigh = self.moved("models.weigh", &self.models.weigh, geography)?;
        Ok(self)
    }

    fn moved(
        &self,
        field: &str,
        model: &PricedModel,
        geography: Geography,
    ) -> Result<PricedModel, InvalidBundle> {
        let Some(name) = model.id.strip_prefix(GLOBAL) else { return Ok(model.clone()) };
        let id = format!("{}{name}", geography.prefix());
        let price = self.prices.get(&id).copied();
        let price = price.ok_or_else(|| {
            InvalidBundle::field(&self.id, field, format!("no price for {id}: expected one under [prices]"))
        })?;
        Ok(PricedModel { id, price })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bundles;

    #[test]
    fn geography_of_each_region_keeps_data_where_the_region_is() {
        use Geography::{Australia, Europe, Japan, UnitedStates};
        for (region, expected) in [
            ("us-east-1", Some(UnitedStates)),
            ("us-west-2", Some(UnitedStates)),
            ("eu-west-1", Some(Europe)),
            ("eu-central-2", Some(Europe)),
            ("ap-northeast-1", Some(Japan)),
            ("ap-northeast-3", Some(Japan)),
            ("ap-southeast-2", Some(Australia)),
            ("ap-southeast-4", Some(Australia)),
            ("ap-northeast-2", None),
            ("ap-southeast-1", None),
            ("ca-central-1", None),
            ("sa-east-1", None),
            ("us-gov-west-1", None),
            ("", None),
        ] {
            assert_eq!(Geography::from_region(region), expected, "{region}");
        }
    }

    #[test]
    fn choice_is_that_of_the_region_or_the_one_that_is_named() {
        let choose = |text: &str, region| text.parse::<GeographyChoice>().unwrap().in_region(region);
        assert_eq!(choose("region", "eu-west-1"), Ok(Geography::Europe));
        assert_eq!(choose("global", "eu-west-1"), Ok(Geography::Global));
        assert_eq!(choose("us", "ca-central-1"), Ok(Geography::UnitedStates));
        let error = choose("region", "ca-central-1").unwrap_err().to_string();
        assert!(error.contains("\"ca-central-1\"") && error.contains("us, eu, jp, au and global"), "{error}");
        let error = "apac".parse::<GeographyChoice>().unwrap_err().to_string();
        assert!(error.contains("invalid geography \"apac\": expected region, us,"), "{error}");
    }

    #[test]
    fn shipped_bundles_have_a_price_for_every_geography_and_ask_no_other() {
        use Geography::{Australia, Europe, Global, Japan, UnitedStates};
        for geography in [UnitedStates, Europe, Japan, Australia, Global] {
            let bundles = Bundles::shipped().unwrap().in_geography(geography).unwrap();
            for bundle in bundles.all() {
                for model in [&bundle.models.investigate, &bundle.models.weigh] {
                    assert!(model.id.starts_with(geography.prefix()), "{}", model.id);
                }
            }
        }
    }

    #[test]
    fn model_that_is_no_global_profile_stays_and_one_without_a_price_is_refused() {
        let shipped = Bundles::shipped().unwrap();
        let mut bundle = shipped.all().next().unwrap().clone();
        bundle.models.weigh.id =
            "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a".into();
        let moved = bundle.clone().in_geography(Geography::Europe).unwrap();
        assert_eq!(moved.models.weigh, bundle.models.weigh);
        bundle.models.weigh.id = "global.anthropic.other".into();
        let error = bundle.in_geography(Geography::Europe).unwrap_err().to_string();
        assert!(error.contains("models.weigh: no price for eu.anthropic.other"), "{error}");
    }
}
