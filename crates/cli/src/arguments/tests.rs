use std::path::PathBuf;

use clap::{CommandFactory as _, error::ErrorKind};

use super::*;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(line.split(' '))
}

#[test]
fn definition_holds_together() {
    Arguments::command().debug_assert();
}

#[test]
fn global_options_are_taken_after_the_command_too() {
    let arguments = parse("nightshift incidents --open --format json --stack ops").unwrap();
    assert_eq!((arguments.format, arguments.stack.as_str()), (Format::Json, "ops"));
    assert!(matches!(arguments.command, Command::Incidents(ListArgs { open: true, limit: 20 })));
}

#[test]
fn intake_looks_back_a_day_unless_told_otherwise() {
    for (line, since) in [("nightshift intake", "24h"), ("nightshift intake --since 7d", "7d")] {
        let Command::Intake(IntakeArgs { since: found }) = parse(line).unwrap().command else {
            panic!("{line}")
        };
        assert_eq!(Ok(found), since.parse(), "{line}");
    }
    let error = parse("nightshift intake --since 15d").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ValueValidation);
    assert!(error.to_string().contains("from 1h to 14d"), "{error}");
}

#[test]
fn files_and_standard_input_are_taken() {
    let Command::Drill(DrillArgs { files, force }) = parse("nightshift drill a.json -").unwrap().command
    else {
        panic!("a drill");
    };
    assert_eq!(files, [PathBuf::from("a.json"), PathBuf::from("-")]);
    assert!(!force);
}

#[test]
fn analyze_takes_folders_and_either_name_of_the_format_for_people() {
    let arguments = parse("nightshift analyze --format json a b/c").unwrap();
    let Command::Analyze { dirs } = arguments.command else { panic!("an analysis") };
    assert_eq!(dirs, [PathBuf::from("a"), PathBuf::from("b/c")]);
    assert_eq!(parse("nightshift analyze --format text a").unwrap().format, Format::Table);
}

#[test]
fn simulate_takes_folders_and_leaves_the_model_out_where_told() {
    let arguments = parse("nightshift simulate --without-model --format json a b").unwrap();
    let Command::Simulate(args) = arguments.command else { panic!("a simulation") };
    assert_eq!((args.dirs.len(), args.without_model), (2, true));
}

#[test]
fn old_names_of_simulate_and_analyze_are_understood_and_hidden() {
    let Command::Simulate(args) = parse("nightshift rehearse --without-model a").unwrap().command else {
        panic!("a simulation");
    };
    assert!(args.without_model);
    assert!(matches!(parse("nightshift replay a").unwrap().command, Command::Analyze { .. }));
    let mut command = Arguments::command();
    let help = command.render_long_help().to_string();
    assert!(help.contains("simulate") && help.contains("analyze"), "{help}");
    for old in ["rehearse", "replay"] {
        assert!(!help.contains(old), "{help}");
    }
}

#[test]
fn runbooks_search_takes_fields_and_words() {
    let Command::Runbooks { command: RunbooksCommand::Search(search) } =
        parse("nightshift runbooks search --service sqs --failure-mode backlog old messages")
            .unwrap()
            .command
    else {
        panic!("a search");
    };
    assert_eq!((search.services, search.failure_modes), (vec!["sqs".to_owned()], vec!["backlog".to_owned()]));
    assert_eq!((search.text, search.dir), (vec!["old".to_owned(), "messages".to_owned()], None));
}

#[test]
fn incident_selector_is_latest_or_the_beginning_of_an_id() {
    assert_eq!("latest".parse(), Ok(IncidentSelector::Latest));
    assert_eq!("01kf".parse(), Ok(IncidentSelector::Id("01KF".to_owned())));
    for wrong in ["", "01KF/..", "01ARZ3NDEKTSV4RRFFQ69G5FAVX"] {
        assert!(wrong.parse::<IncidentSelector>().is_err(), "{wrong}");
    }
}

#[test]
fn plan_hash_prefix_too_short_or_no_hash_is_refused() {
    for wrong in ["abc", "not-a-hash-at-all", &"a".repeat(65)] {
        let error = parse(&format!("nightshift approve latest --plan {wrong}")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation, "{wrong}");
        assert_eq!(error.exit_code(), 2);
    }
    assert!(parse("nightshift approve latest --plan ABCDEF012345").is_ok());
}

#[test]
fn commands_without_what_they_need_are_refused() {
    for line in [
        "nightshift",
        "nightshift drill",
        "nightshift ingest",
        "nightshift show",
        "nightshift show latest --fix --evidence",
        "nightshift trace",
        "nightshift export",
        "nightshift export latest",
        "nightshift export --to somewhere",
        "nightshift approve",
        "nightshift audit",
        "nightshift simulate",
        "nightshift analyze",
        "nightshift runbooks",
        "nightshift runbooks lint",
        "nightshift logs",
        "nightshift logs diff one-file",
        "nightshift incidents --limit 0",
        "nightshift topology --resource checkout",
        "nightshift topology --as picture",
        "nightshift topology --fresh --max-age 5",
    ] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
    }
}

#[test]
fn topology_takes_what_it_is_about_and_how_it_is_drawn() {
    let line = "nightshift topology --resource arn:aws:sqs:eu-west-1:1:orders --as dot --max-age 5";
    let Command::Topology(choice) = parse(line).unwrap().command else { panic!("a topology") };
    assert_eq!((choice.drawing, choice.max_age, choice.fresh), (Some(Drawing::Dot), 5, false));
    assert_eq!(choice.resource.unwrap().name(), "orders");
    let Command::Topology(choice) = parse("nightshift topology --fresh").unwrap().command else {
        panic!("a topology");
    };
    assert!(choice.fresh && choice.application.is_none());
}

#[test]
fn export_takes_an_incident_and_a_folder() {
    let line = "nightshift export 01kf --to somewhere --offline";
    let Command::Export(choice) = parse(line).unwrap().command else { panic!("an export") };
    assert_eq!(choice.incident, IncidentSelector::Id("01KF".to_owned()));
    assert_eq!(choice.to, PathBuf::from("somewhere"));
    assert_eq!((choice.offline, choice.expect_as_diagnosed), (true, false));
}

#[test]
fn audit_verify_takes_what_was_kept_elsewhere() {
    let root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    for option in ["--record", "--head"] {
        let line = format!("nightshift audit verify {option} 0123456789ab --checkpoint 8:{root}");
        let Command::Audit { command: AuditCommand::Verify(args) } = parse(&line).unwrap().command else {
            panic!("audit verify");
        };
        assert!(args.record.unwrap().matches(&format!("0123456789ab{}", "0".repeat(52))));
        let kept = args.checkpoint.unwrap();
        let KeptCheckpoint::Head(kept) = kept else { panic!("{kept:?}") };
        assert_eq!((kept.size, kept.root.to_string().as_str()), (8, root));
    }
    for wrong in ["8", "8:0123", ":", &format!("x:{root}"), &format!("{root}:8")] {
        let error = parse(&format!("nightshift audit verify --checkpoint {wrong}")).unwrap_err().to_string();
        assert!(error.contains("number of leaves"), "{error}");
    }
    let error = parse("nightshift audit check proof.json --key nonsense").unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn close_breaker_needs_a_reason_and_takes_a_plan() {
    let Command::CloseBreaker(args) =
        parse("nightshift close-breaker latest --reason repaired --plan 01234567").unwrap().command
    else {
        panic!("a closing of a breaker");
    };
    assert_eq!((args.incident, args.reason.as_str()), (IncidentSelector::Latest, "repaired"));
    assert_eq!(args.plan.unwrap().as_str(), "01234567");
    let error = parse("nightshift close-breaker latest").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
}
