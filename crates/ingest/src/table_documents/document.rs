//! Writes `docs/events.md`.

use super::*;

pub(super) fn text() -> String {
    let mut text = "# Events\n\nWhat Nightshift makes of each kind of event. This page is written from `crates/ingest/kinds`, which the function reads: \
        change a file there, then run `BLESS=1 cargo nextest run -p ingest`.\n\n\
        A *firing* signal opens an incident or joins the open one of the same problem, a *recovered* one is kept with it, *information* joins it and opens none. \
            What a person was told within the hour opens no second incident, unless it recovered in between or is more severe \
            (not for alarms, instances and deployments, which tell each change once). \
        Severity is sev3 where none is given. The problem is the same where kind, account, region and *identity* are the same. \
        A kind that is not here is read by its shape: state, severity and resources from where they usually stand, marked `unrecognised`.\n".to_owned();
    for (sources, kinds) in super::sources().iter().filter(|(_, kinds)| !kinds.kinds.is_empty()) {
        source(&mut text, sources, kinds);
    }
    text.push_str("\n## Ignored sources\n\n| source | why |\n| --- | --- |\n");
    for (sources, kinds) in super::sources() {
        if let Some(reason) = &kinds.all_others_ignored {
            writeln!(text, "| `{}` | {reason} |", sources.join("`, `")).unwrap();
        }
    }
    samples(&mut text);
    text
}

fn source(text: &mut String, sources: &[&str], kinds: &SourceKinds) {
    writeln!(text, "\n## {}\n", sources.join(", ")).unwrap();
    let pages = kinds.documentation.split(", ").map(|page| format!("<{page}>")).collect::<Vec<_>>();
    writeln!(text, "{}\n", pages.join(", ")).unwrap();
    text.push_str("| detail type | kind | what becomes of it | resources | identity |\n| --- | --- | --- | --- | --- |\n");
    for row in &kinds.kinds {
        let cell = |text: &str| text.replace('|', "\\|");
        let code = |items: &[String]| {
            items.iter().map(|it| format!("`{}`", cell(it))).collect::<Vec<_>>().join(", ")
        };
        let identity = match (row.fingerprint.as_slice(), &row.code) {
            ([], None) => "the first resource".to_owned(),
            ([], Some(_)) => "in code".to_owned(),
            (fields, _) => code(fields),
        };
        let detail_types = row.detail_types.join("; ");
        if let Some(reason) = &row.ignored {
            writeln!(text, "| {detail_types} | | ignored: {} | | |", cell(reason)).unwrap();
            continue;
        }
        let resources = if row.code.is_some() { "in code".to_owned() } else { code(&row.resources) };
        writeln!(
            text,
            "| {detail_types} | `{}` | {} | {resources} | {identity} |",
            row.name,
            cell(&outcome(row))
        )
        .unwrap();
    }
}

fn outcome(row: &KindRow) -> String {
    let mut cases: Vec<String> = row.note.iter().cloned().collect();
    cases.extend(row.cases.iter().map(|case| case_in_words(row, case)));
    cases.extend(row.drill.then(|| "as a drill".to_owned()));
    cases.extend(row.no_rule.as_ref().map(|why| format!("no rule takes it: {why}")));
    cases.join("; ")
}

fn case_in_words(row: &KindRow, case: &Case) -> String {
    let state = match case.state {
        CaseState::Firing => "firing",
        CaseState::Recovered => "recovered",
        CaseState::Info => "information",
        CaseState::Ignored => "ignored",
    };
    let severity = case.severity.as_deref().unwrap_or(&row.severity);
    let severity = if case.state == CaseState::Ignored || severity == "sev3" {
        String::new()
    } else {
        format!(" {severity}")
    };
    let condition = |(field, values): (&String, &Vec<String>)| {
        let values = values.iter().map(|it| if it.is_empty() { "nothing" } else { it }).collect::<Vec<_>>();
        format!("`{field}` {}", values.join(", "))
    };
    let when = case.when.iter().map(condition).collect::<Vec<_>>().join(" and ");
    if when.is_empty() {
        format!("otherwise {state}{severity}")
    } else {
        format!("{state}{severity}: {when}")
    }
}

fn samples(text: &mut String) {
    text.push_str("\n## Samples\n\nWhat becomes of each event in [events](../events), and the rule of the template that takes it.\n\n");
    text.push_str("| sample | outcome | title or reason | rule |\n| --- | --- | --- | --- |\n");
    for (name, event) in super::samples() {
        let (outcome, title) = super::outcome(&event);
        let rule = super::rule_of(&event);
        writeln!(text, "| `{name}` | {outcome} | {} | {rule} |", title.replace('|', "\\|")).unwrap();
    }
}
