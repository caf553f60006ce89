//! Stores the conversations with models, step by step.

use aws_sdk_dynamodb::types::AttributeValue;
use common::{
    IncidentId,
    model::ContentBlock,
    ports::{PortError, Reasoning},
    reasoning::ReasoningStep,
};

use super::{
    DynamoStore,
    item::Item,
    key::{Key, REASONING, partition},
};

/// Less than the 400 KB that an item of DynamoDB may have, so that no rounding of ours passes it.
const MOST_BYTES: usize = 380_000;
/// Texts are not cut below this; then whole pieces are left out.
const SHORTEST_TEXT: usize = 256;

impl Reasoning for DynamoStore {
    /// A step that is too large for an item is cut, and says so where it is.
    async fn put_step(&self, step: &ReasoningStep) -> Result<(), PortError> {
        let key = Key::reasoning(step);
        let operation = format!("PutItem {key}");
        let item = fitting(step, |step| self.to_expiring_item(&operation, &key, step), MOST_BYTES)?;
        self.put_item(operation, item).await
    }

    async fn steps(&self, incident: IncidentId) -> Result<Vec<ReasoningStep>, PortError> {
        let mut steps: Vec<ReasoningStep> = self.all(&partition(REASONING, incident)).await?;
        // A line's name may hold what sorts before the key's own separator.
        steps.sort_by(|a, b| (a.investigation, &a.line, a.step).cmp(&(b.investigation, &b.line, b.step)));
        Ok(steps)
    }
}

/// The step's item, of at most `most` bytes: first the longest texts are cut, then the last pieces.
fn fitting(
    step: &ReasoningStep,
    to_item: impl Fn(&ReasoningStep) -> Result<Item, PortError>,
    most: usize,
) -> Result<Item, PortError> {
    let mut item = to_item(step)?;
    let mut text = most;
    while bytes(&item) > most && text > SHORTEST_TEXT {
        text /= 2;
        item = to_item(&with_texts_of(step, text))?;
    }
    let mut pieces = [&step.asked, &step.answered].map(Vec::len).into_iter().max().unwrap_or_default();
    pieces = pieces.max(step.problems.len());
    while bytes(&item) > most && pieces > 0 {
        pieces /= 2;
        item = to_item(&with_pieces(&with_texts_of(step, text), pieces))?;
    }
    Ok(item)
}

fn with_texts_of(step: &ReasoningStep, most: usize) -> ReasoningStep {
    let short = |said: &ContentBlock| match said {
        ContentBlock::Text { text } => ContentBlock::Text { text: cut(text, most) },
        ContentBlock::UseTool { id, name, input } => {
            ContentBlock::UseTool { id: cut(id, most), name: cut(name, most), input: cut(input, most) }
        }
        ContentBlock::ToolResult { id, text, failed } => {
            ContentBlock::ToolResult { id: cut(id, most), text: cut(text, most), failed: *failed }
        }
    };
    ReasoningStep {
        asked: step.asked.iter().map(short).collect(),
        answered: step.answered.iter().map(short).collect(),
        problems: step.problems.iter().map(|problem| cut(problem, most)).collect(),
        ..step.clone()
    }
}

fn with_pieces(step: &ReasoningStep, most: usize) -> ReasoningStep {
    let first = |all: &[ContentBlock]| {
        let mut kept: Vec<_> = all.iter().take(most).cloned().collect();
        let left_out = all.len().saturating_sub(kept.len());
        if left_out > 0 {
            kept.push(ContentBlock::Text { text: format!("[cut: {left_out} more]") });
        }
        kept
    };
    ReasoningStep {
        asked: first(&step.asked),
        answered: first(&step.answered),
        problems: step.problems.iter().take(most).cloned().collect(),
        ..step.clone()
    }
}

/// The text's first `most` bytes, less a part of a character, and how much is missing.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let kept = text.get(..text.floor_char_boundary(most)).unwrap_or_default();
    format!("{kept} [cut: {} more bytes]", text.len().saturating_sub(kept.len()))
}

/// An item's size, as DynamoDB documents it; of a number, which it packs, the digits.
fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len().saturating_add(bytes_of(value))).sum()
}

/// Bytes that a list or a map takes beside its content, and once more for each thing in it.
const OVERHEAD: usize = 3;

fn bytes_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len().saturating_add(1),
        AttributeValue::L(values) => values
            .iter()
            .map(|value| bytes_of(value).saturating_add(1))
            .sum::<usize>()
            .saturating_add(OVERHEAD),
        AttributeValue::M(fields) => bytes(fields).saturating_add(fields.len()).saturating_add(OVERHEAD),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use common::{model::Usage, money::MicroUsd};
    use fakes::sample::{at, incident};
    use proptest::prelude::*;

    use super::{super::item::to_item, *};

    fn step(asked: Vec<ContentBlock>, answered: Vec<ContentBlock>, problems: Vec<String>) -> ReasoningStep {
        ReasoningStep {
            incident_id: incident().id,
            attempt: 1,
            investigation: at(),
            line: "weigh".to_owned(),
            step: 1,
            at: at(),
            elapsed_ms: 1,
            bundle: "b@1".to_owned(),
            model: "m".to_owned(),
            asked,
            answered,
            stop: None,
            usage: Usage::default(),
            cost: MicroUsd::ZERO,
            problems,
        }
    }

    fn kept(step: &ReasoningStep, most: usize) -> ReasoningStep {
        let item = fitting(step, |step| to_item("test", &Key::reasoning(step), step), most).unwrap();
        assert!(bytes(&item) <= most, "{}", bytes(&item));
        super::super::item::from_item("test".to_owned(), item).unwrap()
    }

    fn text(text: String) -> ContentBlock {
        ContentBlock::Text { text }
    }

    #[test]
    fn step_that_fits_is_kept_as_it_is() {
        let step = step(vec![text("ä".repeat(1_000))], vec![], vec!["p".to_owned()]);
        assert_eq!(kept(&step, 4_000), step);
    }

    #[test]
    fn step_too_large_loses_the_ends_of_its_longest_texts_and_says_so() {
        let step = step(vec![text("ä".repeat(4_000)), text("short".to_owned())], vec![], vec![]);
        let found = kept(&step, 4_000);
        let Some(ContentBlock::Text { text: first }) = found.asked.first() else { panic!("{found:?}") };
        assert!(first.starts_with("ää") && first.ends_with("[cut: 6000 more bytes]"), "{first}");
        assert_eq!(found.asked.get(1), step.asked.get(1));
    }

    #[test]
    fn step_of_too_many_pieces_loses_the_last_and_says_so() {
        let step = step((0..10_000).map(|n| text(n.to_string())).collect(), vec![], vec![]);
        let found = kept(&step, 4_000);
        assert_eq!(found.asked.first(), step.asked.first());
        let Some(ContentBlock::Text { text: last }) = found.asked.last() else { panic!("{found:?}") };
        assert!(last.starts_with("[cut: "), "{last}");
    }

    proptest! {
        #[test]
        fn step_of_any_size_fits(
            texts in prop::collection::vec(".{0,50}", 0..40),
            times in 1_usize..40,
            problems in prop::collection::vec(".{0,100}", 0..40),
        ) {
            let said = |name: &str, text: &String| ContentBlock::UseTool {
                id: "u".to_owned(),
                name: name.to_owned(),
                input: text.repeat(times),
            };
            let asked = texts.iter().map(|text| said("a", text)).collect();
            let answered = texts.iter().map(|text| said("b", text)).collect();
            kept(&step(asked, answered, problems), 4_000);
        }
    }
}
