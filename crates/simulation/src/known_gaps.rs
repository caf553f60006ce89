//! Reads `known_gaps.json`: the scenarios of a folder that are known to be diagnosed wrongly. It lies beside
//! their folders, so that `expected.json` holds the truth and nothing else.

use std::{collections::BTreeMap, path::Path};

use crate::{SimulationError, document::optional_json};

const FILE: &str = "known_gaps.json";

/// Reads what is wrong about the scenarios beside `scenario`, by their names. Empty where there is no such file.
///
/// A scenario is listed for as long as it fails without a model.
///
/// # Errors
/// A file that is not a JSON object of texts is named.
pub fn known_gaps_beside(scenario: &Path) -> Result<BTreeMap<String, String>, SimulationError> {
    let folder = scenario.parent().unwrap_or(scenario);
    Ok(optional_json(&folder.join(FILE))?.unwrap_or_default())
}
