//! `nightshift show --fix` prints the specification of the permanent fix, and nothing else.

use common::{Diagnosis, Incident, ports::CaseFile};

use super::report::diagnoses;
use crate::{Answer, arguments::Format, failure::Failure, output::plain};

/// Prints the fix of the last diagnosis that has one.
pub(super) async fn fix(
    store: &impl CaseFile,
    incident: &Incident,
    format: Format,
) -> Result<Answer, Failure> {
    let made = diagnoses(store, incident.id).await?;
    let Some(fix) = made.iter().rev().find_map(|diagnosis| diagnosis.report.lasting_fix.as_ref()) else {
        return Err(none(incident, made.last()));
    };
    let evidence = store.evidence(incident.id).await?;
    Ok(Answer::formatted(format, fix, || fix.to_markdown(&evidence)))
}

fn none(incident: &Incident, last: Option<&Diagnosis>) -> Failure {
    use common::Conclusion::{Abstained, AlreadyRecovered, Explained, NoFault};
    let why = match last.map(|diagnosis| &diagnosis.conclusion) {
        None => "it has no diagnosis".to_owned(),
        Some(Explained) => "no permanent fix is defined for this kind of failure".to_owned(),
        Some(AlreadyRecovered) => "the symptom recovered before a cause was found".to_owned(),
        Some(NoFault { reason }) => format!("no fault was found: {}", plain::line(reason)),
        Some(Abstained { reason }) => format!("no cause was found: {}", plain::line(reason)),
    };
    Failure::Operation(format!("incident {} has no permanent fix: {why}", incident.id))
}

#[cfg(test)]
mod tests {
    use fakes::{Faults, MemoryStore};

    use super::*;
    use crate::incidents::show::test_incident;

    #[tokio::test]
    async fn fix_is_the_specification_alone() {
        let store = test_incident::stored().await;
        let incident = test_incident::incident();
        let answer = fix(&store, &incident, Format::Table).await.ok().unwrap();
        assert!(
            answer.success && answer.text.starts_with("# Specification of a permanent fix\n"),
            "{}",
            answer.text
        );
        for section in ["## Problem", "## Evidence", "## Where", "## Proposed change", "## Tests"] {
            assert_eq!(answer.text.lines().filter(|line| *line == section).count(), 1, "{section}");
        }
        // The evidence is there in words, not by its id alone.
        assert!(answer.text.contains("/petshop/limit is at version 2 since"), "{}", answer.text);
        let json = fix(&store, &incident, Format::Json).await.ok().unwrap().text;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["by"], "nightshift");
    }

    #[tokio::test]
    async fn fix_that_is_not_there_is_a_no_that_says_why() {
        let incident = test_incident::incident();
        let store = MemoryStore::new(&Faults::default());
        let failure = fix(&store, &incident, Format::Table).await.err().unwrap();
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.to_string().ends_with("it has no diagnosis"), "{failure}");
    }
}
