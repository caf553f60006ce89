//! Writes the intake's rules as they stand in the template.

use super::*;

/// The patterns of all rules: for each, what is one of `$or`.
pub(super) fn patterns() -> BTreeMap<String, Vec<Value>> {
    let mut rules: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (sources, kinds) in super::sources() {
        for row in kinds.kinds.iter().filter(|row| row.ignored.is_none() && row.no_rule.is_none()) {
            rules.entry(kinds.rule.clone()).or_default().extend(clauses(&sources, row));
        }
    }
    rules.into_iter().flat_map(|(name, clauses)| in_parts(&name, clauses)).collect()
}

fn in_parts(name: &str, clauses: Vec<Value>) -> Vec<(String, Vec<Value>)> {
    let mut parts: Vec<Vec<Value>> = vec![Vec::new()];
    for clause in clauses {
        let used: usize = parts.last().unwrap().iter().map(|it| it.to_string().len() + 1).sum();
        if used + clause.to_string().len() > MAX_PATTERN_CHARS {
            parts.push(Vec::new());
        }
        parts.last_mut().unwrap().push(clause);
    }
    let name_of = |i: usize| if i == 0 { name.to_owned() } else { format!("{name}{}", i + 1) };
    parts.into_iter().enumerate().map(|(i, part)| (name_of(i), part)).collect()
}

fn clauses(sources: &[&str], row: &KindRow) -> Vec<Value> {
    let detail_types: Vec<Value> = row.detail_types.iter().map(|it| matcher(it)[0].clone()).collect();
    let clause = |detail_types: &[Value], detail: Option<Value>| {
        let mut clause = json!({"source": sources, "detail-type": detail_types});
        if let Some(detail) = detail {
            clause["detail"] = detail;
        }
        clause
    };
    if let Some(pattern) = &row.pattern {
        return vec![clause(&detail_types, Some(serde_json::from_str(pattern).unwrap()))];
    }
    let taken: Vec<&Case> = row.cases.iter().filter(|case| case.state != CaseState::Ignored).collect();
    if row.code.is_some() || taken.iter().any(|case| conditions(case).is_empty()) {
        return vec![clause(&detail_types, None)];
    }
    // Values of the same field are one list; conditions on several fields stand for themselves.
    let mut single: BTreeMap<&String, Vec<Value>> = BTreeMap::new();
    let mut several = Vec::new();
    for case in taken {
        match conditions(case).as_slice() {
            [(field, values)] => {
                let list = single.entry(field).or_default();
                for value in values.iter().flat_map(|it| matcher(it)) {
                    if !list.contains(&value) {
                        list.push(value);
                    }
                }
            }
            fields => several.push(fields.to_vec()),
        }
    }
    let mut clauses: Vec<Value> = single
        .into_iter()
        .map(|(field, values)| match field.as_str() {
            "@detail-type" => clause(&values, None),
            field => clause(&detail_types, Some(nested(row, &[(field, values)]))),
        })
        .collect();
    for fields in several {
        let detail_type = fields.iter().find(|(field, _)| *field == "@detail-type");
        let own = detail_type.map(|(_, values)| values.iter().flat_map(|it| matcher(it)).collect::<Vec<_>>());
        let rest: Vec<_> = fields
            .iter()
            .filter(|(field, _)| *field != "@detail-type")
            .map(|(field, values)| (field.as_str(), values.iter().flat_map(|it| matcher(it)).collect()))
            .collect();
        clauses.push(clause(
            own.as_deref().unwrap_or(&detail_types),
            (!rest.is_empty()).then(|| nested(row, &rest)),
        ));
    }
    clauses.dedup();
    clauses
}

/// The conditions of a case that EventBridge can test; one on every field below another is none of these.
fn conditions(case: &Case) -> Vec<(&String, &Vec<String>)> {
    case.when.iter().filter(|(field, _)| !field.contains("**")).collect()
}

fn nested(row: &KindRow, fields: &[(&str, Vec<Value>)]) -> Value {
    let mut detail = Map::new();
    for (path, values) in fields {
        let path =
            row.each.iter().map(String::as_str).chain(path.split('.').map(|it| it.trim_end_matches("[]")));
        let path: Vec<&str> = path.collect();
        let (last, parents) = path.split_last().unwrap();
        let mut at = &mut detail;
        for parent in parents {
            at = at.entry((*parent).to_owned()).or_insert_with(|| json!({})).as_object_mut().unwrap();
        }
        at.insert((*last).to_owned(), json!(values));
    }
    Value::Object(detail)
}

fn matcher(value: &str) -> Vec<Value> {
    if let Some(least) = value.strip_prefix(">=") {
        return vec![json!({"numeric": [">=", least.parse::<f64>().unwrap()]})];
    }
    let stars = value.matches('*').count();
    match value {
        "" => vec![json!({"exists": false})],
        "*" => vec![json!({"exists": true})],
        "true" | "false" => vec![json!(value == "true"), json!(value)],
        value if value.parse::<u32>().is_ok() => vec![json!(value.parse::<u32>().unwrap()), json!(value)],
        value if stars == 1 && value.ends_with('*') => {
            vec![json!({"prefix": value.trim_end_matches('*')})]
        }
        value if stars == 1 && value.starts_with('*') => {
            vec![json!({"suffix": value.trim_start_matches('*')})]
        }
        value if stars > 0 => vec![json!({"wildcard": value})],
        value => vec![json!(value)],
    }
}

/// The rules as they stand in the template.
pub(super) fn yaml() -> String {
    let mut yaml = String::new();
    for (name, clauses) in patterns() {
        write!(
            yaml,
            "        {name}:\n          Type: EventBridgeRule\n          Properties:\n            Pattern:\n"
        )
        .unwrap();
        yaml.push_str(
            "              account: [!Ref AWS::AccountId]\n              region: [!Ref AWS::Region]\n",
        );
        if let [clause] = clauses.as_slice() {
            // EventBridge takes no `$or` of one.
            for (field, value) in sorted(clause.as_object().unwrap()) {
                writeln!(yaml, "              {field}: {}", flow(value)).unwrap();
            }
        } else {
            yaml.push_str("              $or:\n");
        }
        for clause in clauses.iter().filter(|_| clauses.len() > 1) {
            writeln!(yaml, "                - {}", flow(clause)).unwrap();
        }
        yaml.push_str("            DeadLetterConfig: { Arn: !GetAtt RuleDeadLetterQueue.Arn }\n");
        yaml.push_str(
            "            RetryPolicy: { MaximumRetryAttempts: 20, MaximumEventAgeInSeconds: 3600 }\n",
        );
    }
    yaml
}

fn flow(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Object(fields) => {
            format!(
                "{{ {} }}",
                list(sorted(fields).map(|(name, it)| format!("{}: {}", scalar(name), flow(it))).collect())
            )
        }
        Value::Array(items) => format!("[{}]", list(items.iter().map(flow).collect())),
        Value::String(text) if text.contains("${") => format!("!Sub {text:?}"),
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// The fields by name: whether a `Map` is sorted is for another crate of the build to say.
fn sorted(fields: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    fields.iter().collect::<BTreeMap<_, _>>().into_iter()
}

fn scalar(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._- ".contains(c))
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str())
        && text.trim() == text;
    if plain { text.to_owned() } else { serde_json::to_string(text).unwrap() }
}
