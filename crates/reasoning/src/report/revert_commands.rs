//! Reads the commands that take changes back, which are data, and fills them from the record of a change.

use std::{collections::BTreeMap, sync::LazyLock};

use common::{diagnosis::RevertCommand, evidence::Change, shell};
use serde::Deserialize;

const FILE: &str = "infra/revert_commands.toml";
const SHIPPED: &str = include_str!("../../../../infra/revert_commands.toml");

/// A file that could not be read would cost the commands and never the diagnosis; a test holds that this one can be.
static READ: LazyLock<RevertCommands> = LazyLock::new(|| RevertCommands::parse(SHIPPED).unwrap_or_default());

/// The commands by the calls whose change they take back.
#[derive(Debug, Default)]
pub(crate) struct RevertCommands(Vec<Written>);

/// A file that cannot be used, with what is wrong in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidRevertCommands {
    #[error("{FILE}: not a valid file of commands")]
    Form(#[source] toml::de::Error),
    #[error("{FILE}: command {number}: run: expected {expected}, got {run}")]
    Run { number: u32, expected: &'static str, run: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevertCommandsFile {
    command: Vec<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    service: String,
    events: Vec<String>,
    #[serde(default)]
    when: BTreeMap<String, String>,
    #[serde(default)]
    never: Vec<String>,
    run: String,
}

/// A part of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t str),
    Arn,
    Name,
    /// A parameter of the call.
    Parameter(&'t str),
    /// What a parameter of the call was before.
    Before(&'t str),
}

impl RevertCommands {
    /// Returns the commands that ship with Nightshift.
    pub(crate) fn shipped() -> &'static Self {
        &READ
    }

    /// Parses and checks the commands in `text`.
    fn parse(text: &str) -> Result<Self, InvalidRevertCommands> {
        let RevertCommandsFile { command: all } =
            toml::from_str(text).map_err(InvalidRevertCommands::Form)?;
        for (number, Written { run, .. }) in (1u32..).zip(&all) {
            let wrong = |expected| InvalidRevertCommands::Run { number, expected, run: run.clone() };
            let is_place = |part| !matches!(part, Part::Parameter("") | Part::Before(""));
            if !run.starts_with("aws ") {
                return Err(wrong("a command that begins with `aws `"));
            }
            if run.matches('{').count() != run.matches('}').count() || !parts(run).all(is_place) {
                return Err(wrong("places such as {arn}, {name}, {KEY} or {before.KEY}"));
            }
        }
        Ok(Self(all))
    }

    /// Returns the command that takes `change` back. `earlier` are the changes of the same resource before it, oldest first.
    pub(crate) fn command_for(&self, change: &Change, earlier: &[&Change]) -> Option<RevertCommand> {
        self.0.iter().find_map(|written| written.filled(change, earlier))
    }
}

impl Written {
    fn filled(&self, change: &Change, earlier: &[&Change]) -> Option<RevertCommand> {
        let Change { resource, event_name, request, .. } = change;
        let is_of_it = self.service == resource.service() && self.events.contains(event_name);
        let holds = self.when.iter().all(|(key, value)| request.get(key) == Some(value));
        let is_better_closed =
            self.never.iter().any(|text| request.values().any(|value| value.contains(text)));
        if !is_of_it || !holds || is_better_closed || !self.sets_back(change) {
            return None;
        }
        let (mut command, mut unknown) = (String::new(), Vec::new());
        for part in parts(&self.run) {
            match part {
                Part::Text(text) => command.push_str(text),
                Part::Arn => command.push_str(&shell::word(&resource.to_string())),
                Part::Name => command.push_str(&shell::word(last_part(resource.resource()))),
                Part::Parameter(key) => command.push_str(&shell::word(request.get(key)?)),
                Part::Before(key) => {
                    if let Some(value) = earlier.iter().rev().find_map(|one| one.request.get(key)) {
                        command.push_str(&shell::word(value));
                    } else {
                        let place = format!("{}_BEFORE", upper_snake(key));
                        command.push_str(&place);
                        unknown.push(place);
                    }
                }
            }
        }
        Some(RevertCommand { command, unknown })
    }

    /// Returns true if the call set one of the values that the command sets back, or the command sets none back. A call that
    /// deletes a setting names no value.
    fn sets_back(&self, change: &Change) -> bool {
        let mut keys = parts(&self.run).filter_map(|part| match part {
            Part::Before(key) => Some(key),
            _ => None,
        });
        let is_deletion = change.event_name.starts_with("Delete");
        keys.clone().next().is_none() || is_deletion || keys.any(|key| change.request.contains_key(key))
    }
}

/// Splits a command at its places. A brace without an end is text.
fn parts(run: &str) -> impl Iterator<Item = Part<'_>> + Clone {
    let mut rest = run;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let place = rest.strip_prefix('{').and_then(|after| after.split_once('}'));
        if let Some((name, after)) = place {
            rest = after;
            return Some(match (name, name.strip_prefix("before.")) {
                ("arn", _) => Part::Arn,
                ("name", _) => Part::Name,
                (_, Some(key)) => Part::Before(key),
                (key, None) => Part::Parameter(key),
            });
        }
        let next = rest.char_indices().skip(1).find(|(_, letter)| *letter == '{');
        let (text, after) = rest.split_at_checked(next.map_or(rest.len(), |(at, _)| at))?;
        rest = after;
        Some(Part::Text(text))
    })
}

fn last_part(resource: &str) -> &str {
    resource.rsplit(['/', ':']).next().unwrap_or(resource)
}

/// `MEMORY_SIZE` of `memorySize`
fn upper_snake(key: &str) -> String {
    let mut text = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use fakes::{
        sample,
        sample_evidence::{before, change},
    };
    use proptest::prelude::*;

    use super::*;

    fn called(service: &str, resource: &str, event: &str, request: &[(&str, &str)]) -> Change {
        let request = request.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Change { request, ..change(&sample::arn(service, resource), event, before(5)) }
    }

    fn reverted(change: &Change, earlier: &[&Change]) -> Option<String> {
        RevertCommands::shipped().command_for(change, earlier).map(|found| found.in_words())
    }

    #[test]
    fn shipped_can_be_read() {
        assert!(!RevertCommands::parse(SHIPPED).unwrap().0.is_empty());
    }

    #[test]
    fn parse_says_what_is_wrong() {
        for (run, expected) in [
            ("rm -rf {name}", "begins with `aws `"),
            ("aws s3 rm {name", "{before.KEY}"),
            ("aws s3 rm {}", "{before.KEY}"),
            ("aws s3 rm {before.}", "{before.KEY}"),
        ] {
            let text = format!("[[command]]\nservice = \"s\"\nevents = [\"E\"]\nrun = \"{run}\"");
            let said = RevertCommands::parse(&text).unwrap_err().to_string();
            assert!(said.starts_with("infra/revert_commands.toml: command 1: run: expected"), "{said}");
            assert!(said.contains(expected) && said.contains(run), "{said}");
        }
    }

    #[test]
    fn command_for_table() {
        let policy = "arn:aws:iam::123456789012:policy/receipts-write";
        let rule = r#"[{"FromPort":5432,"IpProtocol":"tcp","ToPort":5432}]"#;
        let open = r#"[{"IpProtocol":"tcp","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]"#;
        let ingress =
            format!("aws ec2 authorize-security-group-ingress --group-id sg-1 --ip-permissions '{rule}'");
        let attach = format!("aws iam attach-role-policy --role-name receipts --policy-arn {policy}");
        let mapping = "aws lambda update-event-source-mapping --uuid u-1 --enabled";
        for (service, resource, event, request, expected) in [
            (
                "iam",
                "role/service-role/receipts",
                "DetachRolePolicy",
                vec![("policyArn", policy)],
                Some(attach.as_str()),
            ),
            // Without the policy's name it is no command.
            ("iam", "role/receipts", "DetachRolePolicy", vec![], None),
            // What stood there before is not in the trail.
            ("iam", "role/receipts", "PutRolePolicy", vec![("policyName", "p")], None),
            (
                "ec2",
                "security-group/sg-1",
                "RevokeSecurityGroupIngress",
                vec![("ipPermissions", rule)],
                Some(&ingress),
            ),
            // Nobody is told to open a group to everybody.
            ("ec2", "security-group/sg-1", "RevokeSecurityGroupIngress", vec![("ipPermissions", open)], None),
            (
                "lambda",
                "function:f",
                "UpdateEventSourceMapping",
                vec![("enabled", "true"), ("uUID", "u-1")],
                None,
            ),
            (
                "lambda",
                "function:f",
                "UpdateEventSourceMapping",
                vec![("enabled", "false"), ("uUID", "u-1")],
                Some(mapping),
            ),
            ("lambda", "function:f", "UpdateFunctionConfiguration", vec![("handler", "a.b")], None),
            ("kms", "key/k", "EnableKey", vec![], None),
        ] {
            let found = reverted(&called(service, resource, event, &request), &[]);
            assert_eq!(found.as_deref(), expected, "{event}");
        }
    }

    #[test]
    fn command_for_sets_back_what_an_earlier_call_set_or_says_what_is_unknown() {
        let set_to =
            |size| called("lambda", "function:f", "UpdateFunctionConfiguration", &[("memorySize", size)]);
        let command = |value: &str| {
            let function = sample::arn("lambda", "function:f");
            format!(
                "aws lambda update-function-configuration --function-name {function} --memory-size {value}"
            )
        };
        assert_eq!(reverted(&set_to("128"), &[&set_to("512"), &set_to("1024")]), Some(command("1024")));
        let open = RevertCommands::shipped().command_for(&set_to("128"), &[]).unwrap();
        assert_eq!(
            (&open.command, open.unknown.as_slice()),
            (&command("MEMORY_SIZE_BEFORE"), &["MEMORY_SIZE_BEFORE".to_owned()][..])
        );
        assert!(open.in_words().contains("no evidence shows it"));
    }

    proptest! {
        /// No name, no parameter and no value from before ends the word that it stands in.
        #[test]
        fn command_for_any_text_has_as_many_words_as_its_template(text in "\\PC{1,20}") {
            for written in &RevertCommands::shipped().0 {
                let keys = parts(&written.run).filter_map(|part| match part {
                    Part::Parameter(key) | Part::Before(key) => Some((key.to_owned(), text.clone())),
                    _ => None,
                });
                let request: BTreeMap<String, String> = keys.chain(written.when.clone()).collect();
                let change = Change { request, ..called(&written.service, "thing/x", &written.events[0], &[]) };
                if let Some(found) = written.filled(&change, &[&change]) {
                    let words = shlex::split(&found.command).unwrap();
                    prop_assert_eq!(words.len(), written.run.split(' ').count(), "{}", found.command);
                }
            }
        }
    }
}
