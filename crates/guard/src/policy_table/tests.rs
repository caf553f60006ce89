use super::*;

static GUARD: std::sync::LazyLock<Guard> = std::sync::LazyLock::new(|| Guard::shipped().unwrap());

fn parse(text: &str) -> Result<PolicyTable, TableError> {
    PolicyTable::parse("mine.tests.toml", text, &GUARD)
}

const CASE: &str = "[[case]]\nname = \"n\"\naction = \"start-instance\"\nexpect = \"allow\"\n";

#[test]
fn shipped_table_passes() {
    let (file, text) = SHIPPED_TABLE;
    let table = PolicyTable::parse(file, text, &GUARD).unwrap();
    let failed: Vec<_> = GUARD.run_table(&table).into_iter().filter(|result| !result.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A policy without a case is one that nobody would miss.
#[test]
fn shipped_table_has_a_case_that_each_policy_determines() {
    let (file, text) = SHIPPED_TABLE;
    let table = PolicyTable::parse(file, text, &GUARD).unwrap();
    let determining: std::collections::BTreeSet<String> =
        GUARD.run_table(&table).into_iter().flat_map(|result| result.policies).collect();
    let missing: Vec<_> = GUARD.policies.ids().into_iter().filter(|id| !determining.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn case_without_facts_starts_from_nothing_against_it() {
    let table = parse(CASE).unwrap();
    assert_eq!(table.cases[0].facts, Facts::nothing_against());
    assert_eq!(table.cases[0].line, 1);
    assert!(GUARD.run_table(&table)[0].passed());
}

#[test]
fn facts_of_the_file_are_every_cases_and_a_case_may_differ() {
    let text = format!(
        "[facts]\nmode = \"supervised\"\ndependants = \"unknown\"\n{CASE}facts = {{ mode = \"autonomous\" }}\n"
    );
    let facts = &parse(&text).unwrap().cases[0].facts;
    assert_eq!((facts.mode, facts.dependants), (common::Mode::Autonomous, None));
}

#[test]
fn another_decision_or_other_policies_fail_the_case() {
    for (given, passes) in [
        ("expect = \"deny\"", false),
        ("expect = \"allow\"\npolicies = [\"tier-2-unattended\"]", true),
        ("expect = \"allow\"\npolicies = [\"tier-3\"]", false),
        ("expect = \"allow\"\npolicies = []", false),
    ] {
        let table = parse(&CASE.replace("expect = \"allow\"", given)).unwrap();
        assert_eq!(GUARD.run_table(&table)[0].passed(), passes, "{given}");
    }
}

#[test]
fn parse_error_names_file_line_and_what_would_be_right() {
    let cases = [
        ("", "mine.tests.toml:1: no cases: expected at least one [[case]]"),
        ("[[case]\n", "mine.tests.toml:1: "),
        (
            &CASE.replace("start-instance", "start-instnce"),
            "mine.tests.toml:3: case \"n\": action: unknown action \"start-instnce\": expected one of ",
        ),
        (
            &CASE.replace("allow", "yes"),
            "mine.tests.toml:4: case \"n\": expect: unknown decision \"yes\": expected one of allow, ask, deny",
        ),
        (
            &format!("{CASE}facts = {{ moon = true }}\n"),
            "mine.tests.toml:5: unknown fact \"moon\": expected one of account_budget_percent, ",
        ),
        (
            &format!("{CASE}facts = {{ change_calendar = \"ajar\" }}\n"),
            "mine.tests.toml:5: fact change_calendar: unknown variant `ajar`, expected one of `open`, `closed`, `unreadable`",
        ),
        (
            &format!("{CASE}facts = {{ drill = \"unknown\" }}\n"),
            "mine.tests.toml:5: fact drill: invalid type: string \"unknown\", expected a boolean",
        ),
        (
            &format!("{CASE}policies = [\"tier-9\"]\n"),
            "mine.tests.toml:5: case \"n\": policies: unknown policy \"tier-9\": expected one of account-budget-half-used, ",
        ),
        (
            &format!("{CASE}target = \"i-1\"\n"),
            "mine.tests.toml:5: case \"n\": target: invalid ARN \"i-1\": ",
        ),
        (&format!("{CASE}aproved = true\n"), "mine.tests.toml:5: unknown field `aproved`, expected one of "),
        (&format!("[facts]\nmood = \"good\"\n{CASE}"), "mine.tests.toml:2: unknown fact \"mood\": "),
    ];
    for (text, expected) in cases {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn with_policies_of_a_teams_own_decides_by_them_alone() {
    let own = "@id(\"nothing\") @why(\"Nothing is permitted.\") forbid (principal, action, resource);";
    let guard = Guard::with_policies(&[("own.cedar", own)]).unwrap();
    let table = PolicyTable::parse("t", &CASE.replace("allow", "deny"), &guard).unwrap();
    let results = guard.run_table(&table);
    assert_eq!((results[0].passed(), results[0].policies.as_slice()), (true, &["nothing".to_owned()][..]));
    let wrong = Guard::with_policies(&[("own.cedar", "permit (principal, action, resource);")]).unwrap_err();
    assert!(wrong.to_string().starts_with("own.cedar: missing @why"), "{wrong}");
}

/// The names of facts that may be unknown are those that the schema marks as optional.
#[test]
fn every_optional_fact_may_be_unknown_and_no_other() {
    for name in baseline().keys() {
        let table = parse(&format!("{CASE}facts = {{ {name} = \"unknown\" }}\n"));
        let optional =
            include_str!("../../../../infra/policies/nightshift.cedarschema").contains(&format!(" {name}?:"));
        // These have a word of their own for it.
        let own_word = ["symptom", "environment", "changed_by"].contains(&name.as_str());
        assert_eq!(table.is_ok(), optional || own_word, "{name}");
    }
}
