use proptest::prelude::*;

use super::*;

fn meanings(tags: &[(&str, &str)]) -> Vec<TagMeaning> {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    tag_signs(&tags)
        .into_iter()
        .filter_map(|sign| match sign {
            IntentSign::Tag { meaning, .. } => Some(meaning),
            _ => None,
        })
        .collect()
}

#[test]
fn tag_signs_table() {
    for (key, value, expected) in [
        ("nightshift:opt-out", "true", Some(TagMeaning::OptOut)),
        ("nightshift:opt-out", "", None),
        ("nightshift:opt-out", "no", None),
        ("Quarantine", "2026-11-20 by secops", Some(TagMeaning::Quarantine)),
        ("Quarantine", "false", None),
        ("SecurityStatus", "Quarantined", Some(TagMeaning::Quarantine)),
        ("aws:autoscaling:groupName", "web", Some(TagMeaning::Capacity)),
        ("aws:ec2spot:fleet-request-id", "sfr-1", Some(TagMeaning::Capacity)),
        ("Schedule", "office-hours", Some(TagMeaning::Schedule)),
        (
            "InstanceScheduler-LastAction",
            "Stopped By scheduler 2026-11-20 20:00UTC",
            Some(TagMeaning::Schedule),
        ),
        ("maid_offhours", "off=(M-F,20)", Some(TagMeaning::Schedule)),
        ("Name", "scheduler", None),
        ("application", "schedule", None),
        ("backup", "daily", None),
    ] {
        assert_eq!(meanings(&[(key, value)]).first().copied(), expected, "{key} = {value}");
    }
}

#[test]
fn tag_signs_the_gravest_comes_first() {
    let found = meanings(&[("Schedule", "x"), ("Quarantine", "yes"), ("nightshift:opt-out", "yes")]);
    assert_eq!(found, [TagMeaning::OptOut, TagMeaning::Quarantine, TagMeaning::Schedule]);
}

#[test]
fn calls_for_quarantine_only_a_threat_or_what_is_critical() {
    for (severity, is_threat, expected) in
        [("HIGH", false, false), ("HIGH", true, true), ("CRITICAL", false, true), ("CRITICAL", true, true)]
    {
        let finding = SecurityFinding {
            id: "f-1".to_owned(),
            title: "t".to_owned(),
            severity: severity.to_owned(),
            is_threat,
        };
        assert_eq!(finding.calls_for_quarantine(), expected, "{severity} {is_threat}");
    }
}

proptest! {
    #[test]
    fn tag_signs_any_tags_are_an_answer(tags in prop::collection::btree_map(any::<String>(), any::<String>(), 0..5)) {
        prop_assert!(tag_signs(&tags).len() <= tags.len());
    }
}
