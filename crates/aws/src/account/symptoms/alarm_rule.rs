//! Reads which alarms the rule of a composite alarm is made of.

/// Returns the names of the alarms in `rule`, each once.
///
/// A rule is made of `ALARM(…)`, `OK(…)` and `INSUFFICIENT_DATA(…)` over names or ARNs, in double quotes or without:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>
pub(super) fn alarm_names(rule: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = rule;
    while let Some(open) = rest.find('(') {
        let (before, after) = rest.split_at(open);
        let after = after.strip_prefix('(').unwrap_or(after).trim_start();
        let is_function = ["ALARM", "OK", "INSUFFICIENT_DATA"]
            .iter()
            .any(|function| before.trim_end().to_ascii_uppercase().ends_with(function));
        if !is_function {
            rest = after;
            continue;
        }
        let end = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"'),
            None => after.split_once(')'),
        };
        let Some((name, behind)) = end else { break };
        let name = name.trim();
        let name = name.split_once(":alarm:").map_or(name, |(_, name)| name).to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
        rest = behind;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarm_names_of_each_form_of_a_rule() {
        for (rule, expected) in [
            ("ALARM(a) AND NOT OK(b)", vec!["a", "b"]),
            ("ALARM(\"too slow (p99)\") OR INSUFFICIENT_DATA( \"b\" )", vec!["too slow (p99)", "b"]),
            ("(ALARM(a) OR ALARM(b)) AND (ALARM(a) OR FALSE)", vec!["a", "b"]),
            ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors)", vec!["errors"]),
            ("ALARM(\"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a b\")", vec!["a b"]),
            ("AT_LEAST(2, ALARM, (one, two))", vec![]),
            ("TRUE", vec![]),
            ("ALARM(broken", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(alarm_names(rule), expected, "{rule}");
        }
    }
}
