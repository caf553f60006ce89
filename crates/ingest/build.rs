//! Compiles `kinds/*.toml` into the function, one JSON document a source: a file of the wrong form fails the build, and the
//! function parses the kinds of a source only when its first event comes.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path};

use serde::Deserialize;

use crate::kind_table::{KindRow, SourceKinds};

#[path = "src/kind_table.rs"]
#[allow(dead_code, reason = "the function uses the rest")]
mod kind_table;

/// One file: the kinds of one source, or the sources that mean nothing to somebody on call.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KindFile {
    /// EventBridge's `source` of every kind in the file; of several where a service publishes under several names.
    #[serde(default)]
    sources: Vec<String>,
    /// The page that says what the kinds look like.
    #[serde(default)]
    documentation: String,
    /// The rule of the template that takes these events.
    #[serde(default)]
    rule: String,
    #[serde(default)]
    kind: Vec<KindRow>,
    /// The reason why every other event of the sources is ignored, where none means anything.
    all_others_ignored: Option<String>,
    /// Whole sources that are ignored, with the reason.
    #[serde(default)]
    ignored_sources: BTreeMap<String, String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=kinds");
    println!("cargo::rerun-if-changed=src/kind_table.rs");
    let mut paths =
        fs::read_dir("kinds")?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    let mut sources = BTreeMap::new();
    for path in paths {
        let file: KindFile = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for (source, kinds) in by_source(file) {
            if sources.insert(source.clone(), kinds).is_some() {
                return Err(format!("{}: {source} is in another file, too", path.display()).into());
            }
        }
    }
    let rows = sources
        .iter()
        .map(|(source, kinds)| Ok(format!("    ({source:?}, {:?}),\n", serde_json::to_string(kinds)?)))
        .collect::<Result<String, serde_json::Error>>()?;
    let code = format!("&[\n{rows}]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("sources.rs"), code)?;
    Ok(())
}

fn by_source(file: KindFile) -> impl Iterator<Item = (String, SourceKinds)> {
    let KindFile { sources, documentation, rule, kind, all_others_ignored, ignored_sources } = file;
    let listed = sources.into_iter().map(move |source| {
        let (kinds, all_others_ignored) = (kind.clone(), all_others_ignored.clone());
        (
            source,
            SourceKinds {
                rule: rule.clone(),
                documentation: documentation.clone(),
                kinds,
                all_others_ignored,
            },
        )
    });
    let ignored = ignored_sources.into_iter().map(|(source, reason)| {
        (source, SourceKinds { all_others_ignored: Some(reason), ..SourceKinds::default() })
    });
    listed.chain(ignored)
}
