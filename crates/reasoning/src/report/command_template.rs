//! Parses the template of a command: text, places, and parts in brackets that may be left out.

/// A piece of a template; the whole template is its pieces in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// True between brackets: left out where a place in it cannot be filled.
    pub(super) is_optional: bool,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Place(Place),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Arn,
    /// The last part of the resource's name.
    Name,
    Region,
    /// A parameter of the call.
    Parameter(String),
    /// A parameter of the call that is a list: each of its parts is a word.
    List(String),
    /// The value of a parameter before the call.
    Before(String),
}

/// Parses a template; `None` where a bracket or a brace has no end, stands in another of its kind, or names nothing.
pub(super) fn parse(template: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, after) = after.split_once(']')?;
        pieces.push(Piece { is_optional: false, parts: parts(before)? });
        pieces.push(Piece { is_optional: true, parts: parts(inside)? });
        rest = after;
    }
    pieces.push(Piece { is_optional: false, parts: parts(rest)? });
    Some(pieces)
}

fn parts(text: &str) -> Option<Vec<Part>> {
    let is_plain = |text: &str| !text.contains(['[', ']', '{', '}']);
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Place(place(name)?));
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
        .iter()
        .all(|part| matches!(part, Part::Place(_)) || matches!(part, Part::Text(text) if is_plain(text)))
        .then_some(parts)
}

fn place(name: &str) -> Option<Place> {
    let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
    let key = |key: &str| is_key(key).then(|| key.to_owned());
    match name {
        "arn" => Some(Place::Arn),
        "name" => Some(Place::Name),
        "region" => Some(Place::Region),
        _ => match (name.strip_prefix("before."), name.strip_suffix('*')) {
            (Some(before), _) => key(before).map(Place::Before),
            (None, Some(list)) => key(list).map(Place::List),
            (None, None) => key(name).map(Place::Parameter),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parse_table() {
        for template in [
            "aws {",
            "aws }",
            "aws [",
            "aws ]",
            "aws [a [b]]",
            "aws {}",
            "aws {before.}",
            "aws {a b}",
            "aws {*}",
        ] {
            assert_eq!(parse(template), None, "{template}");
        }
        let found = parse("aws x --name {name} [--all {key*}] {before.size}").unwrap();
        let places: Vec<_> = found
            .iter()
            .flat_map(|piece| &piece.parts)
            .filter_map(|part| match part {
                Part::Place(place) => Some(place.clone()),
                Part::Text(_) => None,
            })
            .collect();
        assert_eq!(places, [Place::Name, Place::List("key".to_owned()), Place::Before("size".to_owned())]);
        assert_eq!(found.iter().filter(|piece| piece.is_optional).count(), 1);
    }

    proptest! {
        #[test]
        fn parse_takes_any_text(text in "[\\[\\]{}.*a ]{0,20}") {
            let _ = parse(&text);
        }
    }
}
