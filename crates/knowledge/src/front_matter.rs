//! Parses the front matter of a runbook: YAML between two lines of `---`.

use common::{ActionId, FailureMode};
use serde_yaml_ng::{Mapping, Value};

use crate::{
    actions::Actions,
    error::{Problem, quoted},
    words::{self, SERVICES},
};

const FIELDS: [&str; 7] = ["title", "applies", "services", "failure_modes", "signals", "actions", "version"];

/// Characters that fit in a line of a list.
const LONGEST_TITLE: usize = 100;
/// One sentence.
const LONGEST_SENTENCE: usize = 240;
/// A metric's name, an error code, a phrase of a log line; no whole line.
const LONGEST_SIGNAL: usize = 100;
/// More than these are no signature: everything would be one.
const MOST_SIGNALS: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    pub(crate) title: String,
    pub(crate) applies: String,
    pub(crate) services: Vec<&'static str>,
    pub(crate) failure_modes: Vec<FailureMode>,
    pub(crate) signals: Vec<String>,
    pub(crate) actions: Vec<ActionId>,
    pub(crate) version: u32,
}

/// The YAML at the beginning of `text`, the rest, and on which line the rest begins.
pub(crate) fn split(text: &str) -> Result<(&str, &str, usize), Problem> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        return Err(Problem::at_line(
            1,
            format!("expected `---` to open the front matter, found {}", quoted(first.trim_end())),
        ));
    }
    let begin = first.len();
    let mut end = begin;
    for (number, line) in (2_usize..).zip(lines) {
        let next = end.saturating_add(line.len());
        if line.trim_end() == "---" {
            let yaml = text.get(begin..end).unwrap_or_default();
            return Ok((yaml, text.get(next..).unwrap_or_default(), number.saturating_add(1)));
        }
        end = next;
    }
    Err(Problem::at_line(1, "the front matter is not closed: expected a second line of `---`"))
}

/// Reads and checks all fields. What is wrong goes to `problems`; `None` where anything is.
pub(crate) fn parse_front_matter(
    yaml: &str,
    actions: &Actions,
    problems: &mut Vec<Problem>,
) -> Option<FrontMatter> {
    // The empty line stands for ---, so that the parser counts lines as the file does.
    let mapping = match serde_yaml_ng::from_str::<Value>(&format!("\n{yaml}")) {
        Ok(Value::Mapping(mapping)) => mapping,
        Ok(_) => {
            problems.push(Problem::new("front matter", "no fields: expected `field: value` on each line"));
            return None;
        }
        Err(error) => {
            let what: String =
                error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            problems.push(Problem::new("front matter", format!("invalid YAML: {what}")));
            return None;
        }
    };
    for key in mapping.keys() {
        let known = key.as_str().is_some_and(|key| FIELDS.contains(&key));
        if !known {
            let what = format!("unknown field: expected one of {}", FIELDS.join(", "));
            problems.push(Problem::new(shown(key), what));
        }
    }
    let mut fields = Fields { mapping: &mapping, problems };
    let title = fields.text("title", LONGEST_TITLE);
    let applies = fields.text("applies", LONGEST_SENTENCE);
    let services = fields.words("services", 1, |word| {
        words::service(word).ok_or_else(|| {
            format!(
                "unknown service {}: expected a service prefix as in ARNs: {}",
                quoted(word),
                SERVICES.join(", ")
            )
        })
    });
    let failure_modes = fields.words("failure_modes", 1, |word| {
        let all = FailureMode::ALL.map(FailureMode::as_str).join(", ");
        words::failure_mode(word)
            .ok_or_else(|| format!("unknown failure mode {}: expected one of {all}", quoted(word)))
    });
    let signals = fields.words("signals", 1, signal);
    if signals.as_ref().is_some_and(|signals| signals.len() > MOST_SIGNALS) {
        fields.wrong(
            "signals",
            format!(
                "more than {MOST_SIGNALS} signals: expected only those that tell this failure from others"
            ),
        );
    }
    let allowed = fields.words("actions", 0, |word| actions.check(word));
    let version = fields.version();
    Some(FrontMatter {
        title: title?,
        applies: applies?,
        services: services?,
        failure_modes: failure_modes?,
        signals: signals?,
        actions: allowed?,
        version: version?,
    })
}

fn signal(text: &str) -> Result<String, String> {
    if text.chars().count() > LONGEST_SIGNAL {
        return Err(format!(
            "{} is longer than {LONGEST_SIGNAL} characters: expected a metric, an error code or a phrase",
            quoted(text)
        ));
    }
    if crate::terms::words(text).next().is_none() {
        return Err(format!(
            "{} has no letter or digit: expected a metric, an error code or a phrase",
            quoted(text)
        ));
    }
    Ok(text.to_owned())
}

struct Fields<'a> {
    mapping: &'a Mapping,
    problems: &'a mut Vec<Problem>,
}

impl Fields<'_> {
    fn wrong(&mut self, field: &str, what: String) {
        self.problems.push(Problem::new(field, what));
    }

    fn get(&mut self, field: &str) -> Option<Value> {
        let value = self.mapping.get(field).filter(|value| !value.is_null()).cloned();
        if value.is_none() {
            self.wrong(field, "missing".to_owned());
        }
        value
    }

    fn text(&mut self, field: &str, longest: usize) -> Option<String> {
        let value = self.get(field)?;
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty() && !text.contains('\n'));
        let Some(text) = text else {
            self.wrong(field, format!("expected one line of text, found {}", shown(&value)));
            return None;
        };
        let length = text.chars().count();
        if length > longest {
            self.wrong(field, format!("{length} characters: expected at most {longest}"));
            return None;
        }
        Some(text.to_owned())
    }

    /// A list whose entries are each read by `read`, without repetitions.
    fn words<T: PartialEq>(
        &mut self,
        field: &str,
        least: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let value = self.get(field)?;
        let Value::Sequence(entries) = &value else {
            self.wrong(field, format!("expected a list, found {}", shown(&value)));
            return None;
        };
        if entries.len() < least {
            self.wrong(field, format!("empty list: expected at least {least} entry"));
            return None;
        }
        let mut all = Vec::with_capacity(entries.len());
        let mut sound = true;
        for entry in entries {
            let result = match entry.as_str() {
                Some(word) => read(word.trim()),
                None => Err(format!("expected text in quotes, found {}", shown(entry))),
            };
            match result {
                Ok(item) if all.contains(&item) => {
                    self.wrong(field, format!("duplicate value {}", shown(entry)));
                    sound = false;
                }
                Ok(item) => all.push(item),
                Err(what) => {
                    self.wrong(field, what);
                    sound = false;
                }
            }
        }
        sound.then_some(all)
    }

    fn version(&mut self) -> Option<u32> {
        let value = self.get("version")?;
        let version =
            value.as_u64().and_then(|version| u32::try_from(version).ok()).filter(|&version| version > 0);
        if version.is_none() {
            self.wrong("version", format!("expected a whole number of at least 1, found {}", shown(&value)));
        }
        version
    }
}

/// A value as it is quoted in an error.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Tagged(_) => "a tagged value".to_owned(),
    }
}
