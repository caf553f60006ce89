//! Prints the findings for people: the verdict first, then the evidence for it and against it.

use std::cmp::Ordering;

use rca::{EvidenceItem, Findings, Hypothesis, Series, Verdict};

use super::{Analyzed, chart, json};
use crate::output::{plain, table::table};

/// The number of entries that are shown of the ranking and of each list; JSON has all.
const SHOWN: usize = 5;

pub(super) fn report(analyzed: &Analyzed) -> String {
    let Analyzed { scenario, findings, .. } = analyzed;
    let mut text = heading(analyzed);
    if !findings.hypotheses.is_empty() {
        text.push('\n');
        text.push_str(&ranking(&findings.hypotheses));
    }
    if let Some(first) = findings.hypotheses.first() {
        list(&mut text, &format!("Evidence for {}", first.component), &first.supports);
        list(&mut text, "Evidence against it", &first.contradicts);
    }
    list(&mut text, "May lie behind it", &findings.unobserved);
    list(&mut text, "Ruled out", &findings.excluded().collect::<Vec<_>>());
    let triggers = findings.triggers.iter().filter_map(|trigger| {
        let change = scenario.incident.changes.get(trigger.change)?;
        Some(format!("{} by {}, {}: {trigger}", change.name, change.actor, plain::date_time(change.at)))
    });
    list(&mut text, "Possible triggers", &triggers.collect::<Vec<_>>());
    list(&mut text, "Unknown (not in the recording)", &findings.gaps);
    for series in charted(analyzed) {
        if let Some(chart) = chart::chart(series) {
            let caller =
                series.caller.as_ref().map_or_else(String::new, |caller| format!(" as {caller} sees it"));
            let title = plain::line(&format!("{} of {}{caller}", metric(series), series.component));
            text.extend(["\n", &title, "\n", &chart]);
        }
    }
    text
}

fn heading(analyzed: &Analyzed) -> String {
    let Analyzed { scenario, findings, elapsed } = analyzed;
    let symptom = &scenario.incident.symptom;
    let noticed =
        symptom.detected_at.map_or_else(String::new, |at| format!(", noticed {}", plain::date_time(at)));
    let verdict = match (&findings.verdict, findings.hypotheses.first()) {
        (Verdict::RootCause, Some(first)) => {
            format!(
                "Root cause: {}, {} (confidence {})",
                first.component,
                first.failure_mode.as_str().replace('_', " "),
                percent(first.confidence)
            )
        }
        (Verdict::RootCause, None) => "Root cause: none named".to_owned(),
        (Verdict::Healthy { .. }, _) => format!("Healthy: {}", json::why(findings).unwrap_or_default()),
        (Verdict::Abstain { .. }, _) => {
            format!("Root cause unknown: {}", json::why(findings).unwrap_or_default())
        }
    };
    let mut text = plain::wrapped(&scenario.name, 0);
    let statistic =
        if symptom.statistic.is_empty() { String::new() } else { format!(" ({})", symptom.statistic) };
    text.push_str(&plain::wrapped(
        &format!("{}{statistic} of {}{noticed}", symptom.metric, symptom.component),
        2,
    ));
    text.push_str(&plain::wrapped(&verdict, 2));
    if let Some(onset) = onset(findings, symptom.detected_at) {
        text.push_str(&plain::wrapped(&onset, 2));
    }
    text.push_str(&plain::wrapped(&format!("Analyzed in {:.2} ms", elapsed.as_secs_f64() * 1e3), 2));
    text
}

fn onset(findings: &Findings, detected_at: Option<jiff::Timestamp>) -> Option<String> {
    let onset = findings.onset?;
    let distance = detected_at.map(|noticed| match onset.cmp(&noticed) {
        Ordering::Less => format!(", {} before it was noticed", plain::between(onset, noticed)),
        Ordering::Equal => ", when it was noticed".to_owned(),
        // A sample stands at the end of its period, or is of a metric that is measured more seldom.
        Ordering::Greater => format!(
            ": the first abnormal sample, {} after it was noticed; the fault itself began earlier",
            plain::between(noticed, onset)
        ),
    });
    Some(format!("Began {}{}", plain::date_time(onset), distance.unwrap_or_default()))
}

fn ranking(hypotheses: &[Hypothesis]) -> String {
    let rows = hypotheses.iter().take(SHOWN).enumerate().map(|(place, one)| {
        vec![
            format!("  {}", place.saturating_add(1)),
            plain::line(&one.component),
            one.failure_mode.as_str().replace('_', " "),
            percent(one.confidence),
            rca::display::number(one.score),
        ]
    });
    let mut text =
        table(&["  #", "component", "failure mode", "confidence", "score"], rows.collect(), &[0, 2, 3, 4]);
    text.push('\n');
    more(&mut text, hypotheses.len());
    text
}

fn list(text: &mut String, title: &str, entries: &[impl ToString]) {
    if entries.is_empty() {
        return;
    }
    text.extend(["\n", &plain::line(title), "\n"]);
    for entry in entries.iter().take(SHOWN) {
        text.push_str(&plain::hanging("- ", &entry.to_string(), 2, 4));
    }
    more(text, entries.len());
}

fn more(text: &mut String, all: usize) {
    if let Some(left @ 1..) = all.checked_sub(SHOWN) {
        text.extend(["  and ", &left.to_string(), " more (--format json)\n"]);
    }
}

/// The symptom's own series, and the strongest evidence for the first hypothesis.
fn charted(analyzed: &Analyzed) -> Vec<&Series> {
    let case = &analyzed.scenario.incident;
    let symptom = case.series.iter().find(|series| {
        let same_statistic = case.symptom.statistic.is_empty() || series.statistic == case.symptom.statistic;
        series.caller.is_none()
            && series.component == case.symptom.component
            && series.metric == case.symptom.metric
            && same_statistic
    });
    let decisive = analyzed.findings.hypotheses.first().and_then(|first| {
        first.supports.iter().find_map(|observation| match observation {
            EvidenceItem::Metric(shift) => case.series.get(shift.series),
            _ => None,
        })
    });
    let decisive = decisive.filter(|series| symptom.is_none_or(|symptom| symptom.id != series.id));
    symptom.into_iter().chain(decisive).collect()
}

fn metric(series: &Series) -> String {
    if series.statistic.is_empty() {
        series.metric.clone()
    } else {
        format!("{} ({})", series.metric, series.statistic)
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use rca::Verdict;

    use super::*;
    use crate::offline::analyze::tests::analyzed;

    #[test]
    fn report_has_the_verdict_first_and_every_part() {
        assert_eq!(report(&analyzed()), include_str!("golden_report.txt"));
    }

    #[test]
    fn report_of_a_healthy_window_says_why_and_shows_the_symptom() {
        let mut healthy = analyzed();
        healthy.findings.verdict = Verdict::Healthy { why: "nothing moved".to_owned() };
        healthy.findings.hypotheses.clear();
        let text = report(&healthy);
        assert!(text.contains("\n  Healthy: nothing moved\n"), "{text}");
        assert!(text.contains("\nlatency (Average) of web\n") && !text.contains('#'), "{text}");
    }

    #[test]
    fn report_cuts_long_lists_and_says_so() {
        let mut long = analyzed();
        long.findings.gaps = (0..9).map(|number| format!("gap {number}")).collect();
        let text = report(&long);
        assert!(
            text.contains("  - gap 4\n  and 4 more (--format json)\n") && !text.contains("gap 5"),
            "{text}"
        );
    }
}
