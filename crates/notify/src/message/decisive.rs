//! Finds the one line, metric or count that shows the fault best: what a person would look for first to believe the cause, or
//! to begin with where there is none.

use common::{
    Arn, Evidence, Hypothesis, Observed, findings::EngineFindings, secrets::masked, untrusted_text::one_line,
};

use super::text::line;

/// The longest part of a log line that is quoted.
const QUOTE_CHARS: usize = 200;

/// Returns the engine's strongest metric, the most frequent new line of a log, and the tasks that failed: of the component of
/// `first` where there is a cause, else of what stands out most.
pub(super) fn decisive(evidence: &[Evidence], first: Option<&Hypothesis>) -> Vec<String> {
    let about = first.map(|first| &first.component);
    let mut lines: Vec<String> = Vec::new();
    // The last look counts.
    let engine = newest(evidence, |observed| match observed {
        Observed::Engine { findings } => Some(findings),
        _ => None,
    });
    lines.extend(engine.and_then(|findings| metric(findings, about)));
    lines.extend(log_line(evidence, about));
    lines.extend(
        tasks(evidence, about).filter(|tasks| !first.is_some_and(|first| first.cause.contains(tasks))),
    );
    lines
}

fn newest<'e, T: 'e>(evidence: &'e [Evidence], of: impl Fn(&'e Observed) -> Option<T>) -> Option<T> {
    evidence
        .iter()
        .filter_map(|one| Some(((one.observed_at, &one.id), of(&one.observed)?)))
        .max_by_key(|(at, _)| *at)
        .map(|(_, found)| found)
}

fn is_same_component(one: &Arn, other: &Arn) -> bool {
    one.component() == other.component()
}

fn metric(findings: &EngineFindings, about: Option<&Arn>) -> Option<String> {
    let suspect = findings.suspects.iter().find(|one| {
        about.is_none_or(|about| {
            one.resource.as_ref().is_some_and(|resource| is_same_component(resource, about))
        })
    })?;
    let metric = suspect.strongest_metric.as_ref()?;
    Some(format!("{}: {}", line(&suspect.name), line(metric)))
}

/// A log is read of what the symptom's calls pass, so that a line of another function's may show the cause too.
fn log_line(evidence: &[Evidence], about: Option<&Arn>) -> Option<String> {
    let templates = evidence.iter().filter_map(|one| match &one.observed {
        Observed::Logs { function, templates, .. } => Some((function, templates)),
        _ => None,
    });
    let (function, template) = templates
        .flat_map(|(function, templates)| templates.iter().map(move |template| (function, template)))
        .filter(|(_, template)| template.incident > template.baseline)
        .max_by_key(|(function, template)| {
            let own = about.is_some_and(|about| is_same_component(function, about));
            (own, template.baseline == 0, template.incident, std::cmp::Reverse(&template.template))
        })?;
    Some(format!(
        "log of {}, {} times ({} before): \u{201c}{}\u{201d}",
        line(&function.name()),
        template.incident,
        template.baseline,
        one_line(&masked(&template.template), QUOTE_CHARS)
    ))
}

fn tasks(evidence: &[Evidence], about: Option<&Arn>) -> Option<String> {
    newest(evidence, |observed| match observed {
        Observed::Service { state } if about.is_none_or(|about| *about == state.arn) => {
            state.failed_tasks_sentence()
        }
        _ => None,
    })
    .map(|sentence| line(&sentence))
}

#[cfg(test)]
mod tests {
    use common::findings::LogTemplate;
    use fakes::{
        sample,
        sample_evidence::{evidence, hypothesis, root_cause},
    };

    use super::*;

    fn function(name: &str) -> Arn {
        sample::arn("lambda", &format!("function:{name}"))
    }

    fn log(name: &str, template: &str, baseline: u64, incident: u64) -> Evidence {
        evidence(Observed::Logs {
            function: function(name),
            baseline_lines: 100,
            incident_lines: 100,
            truncated: false,
            templates: vec![LogTemplate { template: template.to_owned(), baseline, incident }],
        })
    }

    #[test]
    fn decisive_is_the_metric_of_the_cause_and_the_log_line_that_is_new() {
        let all = [
            evidence(Observed::Engine { findings: root_cause(&[function("stock")], 0.9) }),
            log("checkout", "Task timed out after <*> seconds", 4, 9),
            log("checkout", "GET /health 200", 50, 50),
            log("stock", "could not connect to <*>", 0, 7),
        ];
        let metric = "function:stock: Errors (Sum) rose from 0 to 12".replace("function:", "");
        let line = "log of stock, 7 times (0 before): \u{201c}could not connect to <*>\u{201d}";
        assert_eq!(decisive(&all, Some(&hypothesis(&function("stock")))), [metric.as_str(), line]);
        assert_eq!(decisive(&all, None), [metric.as_str(), line], "where nothing is known, what stands out");
        let elsewhere = decisive(&all, Some(&hypothesis(&function("checkout"))));
        assert_eq!(
            elsewhere,
            ["log of checkout, 9 times (4 before): \u{201c}Task timed out after <*> seconds\u{201d}"]
        );
        assert_eq!(decisive(&[], None), [""; 0]);
    }
}
