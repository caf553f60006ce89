//! Reads the commands that take changes back, which are data, and fills them from the record of a change.

use std::{collections::BTreeMap, sync::LazyLock};

use common::{diagnosis::RevertCommand, evidence::Change, shell};
use serde::Deserialize;

use super::command_template::{self, Part, Piece, Place};

const FILE: &str = "infra/revert_commands.toml";
const SHIPPED: &str = include_str!("../../../../infra/revert_commands.toml");

/// A file that could not be read would cost the commands and never the diagnosis; a test holds that this one can be.
static READ: LazyLock<RevertCommands> = LazyLock::new(|| RevertCommands::parse(SHIPPED).unwrap_or_default());

/// Networks with a shorter prefix are wide: of IPv4, and of IPv6.
const NARROWEST_WIDE: (u8, u8) = (8, 32);

/// The commands by the calls whose change they take back.
#[derive(Debug, Default)]
pub(crate) struct RevertCommands(Vec<CommandTemplate>);

/// A file that cannot be used, with what is wrong in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidRevertCommands {
    #[error("{FILE}: not a valid file of commands")]
    Form(#[source] toml::de::Error),
    #[error("{FILE}: command {number}: {field}: expected {expected}, got {text}")]
    Template { number: u32, field: &'static str, expected: &'static str, text: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevertCommandsFile {
    command: Vec<CommandTemplate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandTemplate {
    service: String,
    events: Vec<String>,
    #[serde(default)]
    when: BTreeMap<String, String>,
    #[serde(default)]
    unless: BTreeMap<String, String>,
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    never_wide: bool,
    run: String,
    if_unset: Option<String>,
}

/// The value of a parameter before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier<'c> {
    Value(&'c str),
    /// An earlier call deleted the setting.
    Unset,
    Unknown,
}

/// A change, and the earlier ones of the same resource, oldest first.
#[derive(Debug, Clone, Copy)]
struct History<'c> {
    change: &'c Change,
    earlier: &'c [&'c Change],
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
        for (number, template) in (1u32..).zip(&all) {
            let texts = [("run", Some(&template.run)), ("if_unset", template.if_unset.as_ref())];
            for (field, text) in texts.into_iter().filter_map(|(field, text)| Some((field, text?))) {
                let wrong = |expected| InvalidRevertCommands::Template {
                    number,
                    field,
                    expected,
                    text: text.clone(),
                };
                if !text.starts_with("aws ") {
                    return Err(wrong("a command that begins with `aws `"));
                }
                if command_template::parse(text).is_none() {
                    return Err(wrong(
                        "places such as {arn}, {name}, {region}, {KEY}, {KEY*} or {before.KEY}, and closed brackets",
                    ));
                }
            }
        }
        Ok(Self(all))
    }

    /// Returns the command that takes `change` back. `earlier` are the changes of the same resource before it, oldest first.
    pub(crate) fn command_for(&self, change: &Change, earlier: &[&Change]) -> Option<RevertCommand> {
        self.0.iter().find_map(|template| template.filled(History { change, earlier }))
    }
}

impl CommandTemplate {
    fn filled(&self, history: History<'_>) -> Option<RevertCommand> {
        if !self.is_of(history.change) {
            return None;
        }
        let pieces = command_template::parse(&self.run)?;
        let set: Vec<&str> = keys_before(&pieces).collect();
        let unset = || Filling::new(history).command(&command_template::parse(self.if_unset.as_deref()?)?);
        if set.iter().any(|key| history.before(key) == Earlier::Unset) && self.if_unset.is_some() {
            return Some(RevertCommand { command: unset()?, unknown: Vec::new(), if_unset: None });
        }
        if !set.is_empty() && !set.iter().any(|key| history.is_changed(key)) {
            return None;
        }
        let mut filling = Filling::new(history);
        let command = filling.command(&pieces)?;
        let if_unset = if filling.unknown.is_empty() { None } else { unset() };
        Some(RevertCommand { command, unknown: filling.unknown, if_unset })
    }

    fn is_of(&self, change: &Change) -> bool {
        let Change { resource, event_name, request, .. } = change;
        let holds = |(key, value): (&String, &String)| request.get(key) == Some(value);
        let is_better_closed =
            self.never.iter().any(|text| request.values().any(|value| value.contains(text)))
                || (self.never_wide && request.values().any(|value| names_wide_network(value)));
        self.service == resource.service()
            && self.events.contains(event_name)
            && self.when.iter().all(holds)
            && !self.unless.iter().any(holds)
            && !is_better_closed
    }
}

impl<'c> History<'c> {
    /// Returns what `key` was before the change. A call that deletes a setting names no value.
    fn before(&self, key: &str) -> Earlier<'c> {
        let found = self.earlier.iter().rev().find_map(|one| match one.request.get(key) {
            Some(value) => Some(Earlier::Value(value)),
            None => one.event_name.starts_with("Delete").then_some(Earlier::Unset),
        });
        found.unwrap_or(Earlier::Unknown)
    }

    /// Returns true if the change set `key` to another value than it had, as far as is known: some callers send along what they
    /// leave as it is.
    fn is_changed(&self, key: &str) -> bool {
        match self.change.request.get(key) {
            Some(value) => self.before(key) != Earlier::Value(value),
            None => self.change.event_name.starts_with("Delete"),
        }
    }
}

/// A command while it is being filled.
struct Filling<'c> {
    history: History<'c>,
    unknown: Vec<String>,
}

impl<'c> Filling<'c> {
    const fn new(history: History<'c>) -> Self {
        Self { history, unknown: Vec::new() }
    }

    fn command(&mut self, pieces: &[Piece]) -> Option<String> {
        let mut command = String::new();
        for piece in pieces {
            if piece.is_optional && !self.is_wanted(piece) {
                continue;
            }
            command.push_str(&self.piece(piece)?);
        }
        // What was left out leaves its blank.
        Some(command.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
    }

    /// Returns true if the call has each parameter of the piece, and changed each that it sets back.
    fn is_wanted(&self, piece: &Piece) -> bool {
        piece.parts.iter().all(|part| match part {
            Part::Place(Place::Parameter(key) | Place::List(key)) => {
                self.history.change.request.contains_key(key)
            }
            Part::Place(Place::Before(key)) => self.history.is_changed(key),
            Part::Place(Place::Arn | Place::Name | Place::Region) | Part::Text(_) => true,
        })
    }

    fn piece(&mut self, piece: &Piece) -> Option<String> {
        let texts = piece.parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Place(place) => self.place(place),
        });
        texts.collect()
    }

    fn place(&mut self, place: &Place) -> Option<String> {
        let Change { resource, request, .. } = self.history.change;
        Some(match place {
            Place::Arn => word(&resource.to_string())?,
            Place::Name => word(last_part(resource.resource()))?,
            Place::Region => word(Some(resource.region()).filter(|region| !region.is_empty())?)?,
            Place::Parameter(key) => word(request.get(key)?)?,
            Place::List(key) => {
                let words: Option<Vec<_>> = request.get(key)?.split(' ').map(word).collect();
                words?.join(" ")
            }
            Place::Before(key) => {
                if let Earlier::Value(value) = self.history.before(key) {
                    word(value)?
                } else {
                    let open = format!("{}_BEFORE", upper_snake(key));
                    self.unknown.push(open.clone());
                    open
                }
            }
        })
    }
}

/// Returns the text as one word of a shell; `None` of one with several blanks in a row or a character that is none, which no
/// name has: the command would not stay as it is on its way to the reader.
fn word(text: &str) -> Option<String> {
    let is_whole = !text.contains("  ")
        && !text.chars().any(char::is_control)
        && !text.starts_with(' ')
        && !text.ends_with(' ');
    is_whole.then(|| shell::word(text))
}

fn keys_before(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().flat_map(|piece| &piece.parts).filter_map(|part| match part {
        Part::Place(Place::Before(key)) => Some(key.as_str()),
        _ => None,
    })
}

/// Returns true if one of the networks in `text`, each between quotes or alone, is wide.
fn names_wide_network(text: &str) -> bool {
    text.split(['"', ' ', ',']).filter_map(|part| part.split_once('/')).any(|(address, length)| {
        let least = if address.contains(':') { NARROWEST_WIDE.1 } else { NARROWEST_WIDE.0 };
        let is_address = address.contains(['.', ':'])
            && address.chars().all(|c| c.is_ascii_hexdigit() || ".:".contains(c));
        is_address && length.parse::<u8>().is_ok_and(|length| length < least)
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
            ("aws s3 rm [{name}", "closed brackets"),
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
        let rule = r#"[{"FromPort":5432,"IpProtocol":"tcp","IpRanges":[{"CidrIp":"10.0.0.0/8"}]}]"#;
        let open = r#"[{"IpProtocol":"tcp","IpRanges":[{"CidrIp":"128.0.0.0/1"}]}]"#;
        let open_6 = r#"[{"IpProtocol":"tcp","Ipv6Ranges":[{"CidrIpv6":"::/0"}]}]"#;
        let detached = |policy| vec![("roleName", "receipts"), ("policyArn", policy)];
        let group = |rules| vec![("groupId", "sg-1"), ("ipPermissions", rules)];
        let stop = |value| vec![("enabled", value), ("uUID", "u-1")];
        let attach = format!("aws iam attach-role-policy --role-name receipts --policy-arn {policy}");
        for (service, resource, event, request, expected) in [
            ("iam", "role/receipts", "DetachRolePolicy", detached(policy), Some(attach.as_str())),
            // The record is of the policy too: the role stays the one that it was taken from.
            ("iam", "policy/receipts-write", "DetachRolePolicy", detached(policy), Some(&attach)),
            ("iam", "role/receipts", "DetachRolePolicy", vec![("roleName", "receipts")], None),
            (
                "iam",
                "role/receipts",
                "DetachRolePolicy",
                detached("arn:aws:iam::aws:policy/AdministratorAccess"),
                None,
            ),
            // What stood there before is not in the trail.
            ("iam", "role/receipts", "PutRolePolicy", vec![("roleName", "receipts")], None),
            (
                "ec2",
                "security-group/sg-1",
                "RevokeSecurityGroupIngress",
                group(rule),
                Some(&*format!(
                    "aws ec2 authorize-security-group-ingress --region eu-west-1 --group-id sg-1 --ip-permissions '{rule}'"
                )),
            ),
            // Nobody is told to open a group to everybody.
            ("ec2", "security-group/sg-1", "RevokeSecurityGroupIngress", group(open), None),
            ("ec2", "security-group/sg-1", "RevokeSecurityGroupEgress", group(open_6), None),
            ("lambda", "function:f", "UpdateEventSourceMapping", stop("true"), None),
            (
                "lambda",
                "function:f",
                "UpdateEventSourceMapping",
                stop("false"),
                Some("aws lambda update-event-source-mapping --region eu-west-1 --uuid u-1 --enabled"),
            ),
            ("lambda", "function:f", "UpdateFunctionConfiguration", vec![("handler", "a.b")], None),
            ("kms", "key/k", "EnableKey", vec![], None),
            (
                "secretsmanager",
                "secret:s",
                "DeleteSecret",
                vec![("forceDeleteWithoutRecovery", "true")],
                None,
            ),
            (
                "events",
                "rule/shop/nightly",
                "DisableRule",
                vec![("eventBusName", "shop")],
                Some("aws events enable-rule --region eu-west-1 --name nightly --event-bus-name shop"),
            ),
            (
                "events",
                "rule/nightly",
                "DisableRule",
                vec![],
                Some("aws events enable-rule --region eu-west-1 --name nightly"),
            ),
            (
                "autoscaling",
                "autoScalingGroup:*:autoScalingGroupName/web",
                "SuspendProcesses",
                vec![("scalingProcesses", "Launch Terminate")],
                Some(
                    "aws autoscaling resume-processes --region eu-west-1 --auto-scaling-group-name web --scaling-processes Launch Terminate",
                ),
            ),
        ] {
            let found = reverted(&called(service, resource, event, &request), &[]);
            assert_eq!(found.as_deref(), expected, "{event} {resource}");
        }
    }

    #[test]
    fn command_for_sets_back_what_was_changed_and_says_what_is_unknown() {
        let set_to = |memory, timeout| {
            called(
                "lambda",
                "function:f",
                "UpdateFunctionConfiguration",
                &[("memorySize", memory), ("timeout", timeout)],
            )
        };
        let command = |options: &str| {
            let function = sample::arn("lambda", "function:f");
            Some(format!(
                "aws lambda update-function-configuration --region eu-west-1 --function-name {function} {options}"
            ))
        };
        // Terraform sends along what it leaves as it is.
        assert_eq!(
            reverted(&set_to("512", "3"), &[&set_to("256", "9"), &set_to("512", "30")]),
            command("--timeout 30")
        );
        assert_eq!(
            reverted(&set_to("128", "3"), &[&set_to("512", "30")]),
            command("--memory-size 512 --timeout 30")
        );
        assert_eq!(reverted(&set_to("512", "30"), &[&set_to("512", "30")]), None);
        let memory = called("lambda", "function:f", "UpdateFunctionConfiguration", &[("memorySize", "128")]);
        let open = RevertCommands::shipped().command_for(&memory, &[]).unwrap();
        assert_eq!(Some(open.command.clone()), command("--memory-size MEMORY_SIZE_BEFORE"));
        assert_eq!(open.unknown, ["MEMORY_SIZE_BEFORE"]);
        assert!(open.in_words().contains("no evidence shows it"));
    }

    #[test]
    fn command_for_a_setting_that_was_deleted_before_deletes_it() {
        let put = |value| {
            called(
                "lambda",
                "function:f",
                "PutFunctionConcurrency",
                &[("reservedConcurrentExecutions", value)],
            )
        };
        let delete = called("lambda", "function:f", "DeleteFunctionConcurrency", &[]);
        let function = sample::arn("lambda", "function:f");
        let deletes =
            format!("aws lambda delete-function-concurrency --region eu-west-1 --function-name {function}");
        let puts = |value: &str| {
            format!(
                "aws lambda put-function-concurrency --region eu-west-1 --function-name {function} \
                 --reserved-concurrent-executions {value}"
            )
        };
        assert_eq!(reverted(&put("1"), &[&put("50")]), Some(puts("50")));
        assert_eq!(reverted(&delete, &[&put("50")]), Some(puts("50")));
        assert_eq!(reverted(&put("1"), &[&put("50"), &delete]), Some(deletes.clone()));
        let told = reverted(&put("1"), &[]).unwrap();
        assert!(
            told.contains(&puts("RESERVED_CONCURRENT_EXECUTIONS_BEFORE")) && told.contains(&deletes),
            "{told}"
        );
    }

    proptest! {
        /// No name, no parameter and no value from before ends the word that it stands in.
        #[test]
        fn command_for_any_text_has_as_many_words_as_with_a_plain_one(text in "\\PC{1,20}") {
            for template in &RevertCommands::shipped().0 {
                let filled = |text: &str| {
                    let pieces = command_template::parse(&template.run).unwrap();
                    let places = pieces.iter().flat_map(|piece| &piece.parts).filter_map(|part| match part {
                        Part::Place(Place::Parameter(key) | Place::Before(key)) => Some((key.clone(), text.to_owned())),
                        _ => None,
                    });
                    let request: BTreeMap<String, String> = places.chain(template.when.clone()).collect();
                    let resource = format!("arn:aws:{}:eu-west-1:123456789012:thing/{text}", template.service).parse().ok()?;
                    let one = Change { request, resource, ..called(&template.service, "x", &template.events[0], &[]) };
                    template.filled(History { change: &one, earlier: &[] }).map(|found| shlex::split(&found.command).unwrap().len())
                };
                if let Some(words) = filled(&text) {
                    prop_assert_eq!(Some(words), filled("x"), "{}", template.run);
                }
            }
        }
    }
}
