//! `nightshift export` writes an incident, masked, as a scenario folder for `simulate`.

use std::{collections::BTreeMap, ffi::OsStr, path::Path};

use aws::{Clients, logs::CloudWatchLogs, metrics::CloudWatchMetrics};
use common::{Arn, IncidentId};
use serde::Serialize;
use simulation::{
    AUTOMATION_ROLES, Recording,
    export::{Exported, IncidentFile, Samples, Truth, claim, export},
    role_in_simulations,
};

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{ExportArgs, Format},
    failure::Failure,
    incidents::{find, purged::ensure_not_purged},
    output::plain,
};

/// Lists what was written. Its form is a contract.
#[derive(Debug, Serialize)]
struct ExportSummary<'a> {
    incident_id: IncidentId,
    dir: &'a Path,
    files: Vec<&'static str>,
    /// The number of replacements by kind.
    masked: &'a BTreeMap<&'static str, u32>,
    /// The parts that diagnose read and the folder does not hold.
    missing: Vec<String>,
}

pub(crate) async fn run(stack: &str, choice: &ExportArgs, format: Format) -> Result<Answer, Failure> {
    // Before anything is read for nothing.
    claim(&choice.to).map_err(|error| Failure::Input(error.to_string()))?;
    let config = session::load().await?;
    let stack = Stack::find(&config, stack).await?;
    let store = stack.store(&config)?;
    let incident = find::incident(&store, &choice.incident).await?;
    ensure_not_purged(&incident)?;
    let file = IncidentFile::read(&store, incident, own_roles(&stack)).await?;
    let samples = if choice.offline {
        Samples::left_out(&file)
    } else {
        let clients = Clients::new(&config);
        let (metrics, logs) =
            (CloudWatchMetrics::from_clients(&clients), CloudWatchLogs::from_clients(&clients));
        Samples::read(&file, &metrics, &logs).await
    };
    write(choice, &file, &samples, format, &mut std::io::stderr())
}

/// The names of the automations' roles, by those that simulations have for them.
fn own_roles(stack: &Stack) -> BTreeMap<String, String> {
    let name = |role: &str| {
        let arn: Arn = stack.output(&format!("{role}Arn")).ok()?.parse().ok()?;
        arn.resource().rsplit('/').next().map(str::to_owned)
    };
    AUTOMATION_ROLES.iter().filter_map(|role| Some((name(role)?, role_in_simulations(role)))).collect()
}

fn write(
    choice: &ExportArgs,
    file: &IncidentFile,
    samples: &Samples,
    format: Format,
    warnings: &mut impl std::io::Write,
) -> Result<Answer, Failure> {
    let dir = choice.to.as_path();
    let id = file.incident.id;
    let name = dir.file_name().map(OsStr::to_string_lossy).map_or_else(|| id.to_string(), Into::into);
    let truth = if choice.expect_as_diagnosed { Truth::AsDiagnosed } else { Truth::Open };
    let exported = export(file, samples, &name, truth);
    exported.write(dir).map_err(|error| Failure::Operation(error.to_string()))?;
    Recording::read(dir)
        .map_err(|error| Failure::Operation(format!("the exported folder is invalid: {error}")))?;
    let mut missing: Vec<String> = samples.missing.iter().map(|one| one.why.clone()).collect();
    if choice.expect_as_diagnosed && !exported.files.contains_key("expected.json") {
        missing.push("expected.json: not written, because the incident has no diagnosis".to_owned());
    }
    for why in &missing {
        // A reader that has closed the pipe has seen enough.
        let _ = writeln!(warnings, "nightshift: missing: {}", plain::line(why));
    }
    let files = exported.files.keys().copied().collect();
    let written = ExportSummary { incident_id: id, dir, files, masked: &exported.masked, missing };
    Ok(Answer::formatted(format, &written, || for_people(&written, &exported)))
}

fn for_people(written: &ExportSummary<'_>, exported: &Exported) -> String {
    let masked: Vec<_> =
        written.masked.iter().map(|(kind, times)| format!("{times} {}", kind.replace('_', " "))).collect();
    let masked = if masked.is_empty() { "nothing".to_owned() } else { masked.join(", ") };
    let dir = plain::line(&written.dir.display().to_string());
    let mut text = format!("{dir}: {}\nmasked: {masked}\n", written.files.join(", "));
    text += "Resource names and log messages are not masked: review the folder before you share it.\n";
    if exported.files.contains_key("expected.json") {
        text += "expected.json holds Nightshift's diagnosis, not the confirmed cause: check it.\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use fakes::{Faults, MemoryStore, sample};

    use super::*;
    use crate::arguments::IncidentSelector;

    fn choice(name: &str) -> ExportArgs {
        let name = format!("nightshift-export-cli-{}-{name}", std::process::id());
        let to: PathBuf = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&to);
        ExportArgs { incident: IncidentSelector::Latest, to, offline: true, expect_as_diagnosed: true }
    }

    async fn file() -> IncidentFile {
        let store = MemoryStore::new(&Faults::default());
        IncidentFile::read(&store, sample::incident(), BTreeMap::new()).await.unwrap()
    }

    #[tokio::test]
    async fn write_says_what_was_written_masked_and_is_missing() {
        let (choice, file) = (choice("said"), file().await);
        let mut warnings = Vec::new();
        let samples = Samples::left_out(&file);
        let answer = write(&choice, &file, &samples, Format::Table, &mut warnings).ok().unwrap();
        assert!(answer.success && answer.text.contains("scenario.json, signal.json"), "{}", answer.text);
        assert!(answer.text.contains("masked: 1 account id"), "{}", answer.text);
        let warnings = String::from_utf8(warnings).unwrap();
        assert!(warnings.starts_with("nightshift: missing: expected.json"), "{warnings}");
        std::fs::remove_dir_all(&choice.to).unwrap();
    }

    #[tokio::test]
    async fn write_as_json_is_one_line_for_programs() {
        let (choice, file) = (choice("json"), file().await);
        let answer = write(&choice, &file, &Samples::default(), Format::Json, &mut Vec::new()).ok().unwrap();
        let value: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(value["incident_id"], file.incident.id.to_string());
        assert_eq!(value["masked"]["account_id"], 1);
        std::fs::remove_dir_all(&choice.to).unwrap();
    }

    #[tokio::test]
    async fn run_into_a_folder_that_holds_something_is_refused_before_anything_is_read() {
        let choice = choice("full");
        std::fs::create_dir_all(choice.to.join("mine")).unwrap();
        let failure = run("nightshift", &choice, Format::Table).await.err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("-full: is not empty"), "{failure}");
        std::fs::remove_dir_all(&choice.to).unwrap();
    }

    #[test]
    fn own_roles_are_those_of_the_stacks_outputs() {
        let arn = "arn:aws:iam::123456789012:role/ops-RestoreParameterRole-X1";
        let stack = Stack::fake("CREATE_COMPLETE", &[("RestoreParameterRoleArn", arn)]);
        let expected =
            ("ops-RestoreParameterRole-X1".to_owned(), "nightshift-RestoreParameterRole".to_owned());
        assert_eq!(own_roles(&stack), BTreeMap::from([expected]));
    }
}
