//! Renders the answer of a tool as text.

use common::{secrets::masked, untrusted_text::one_line};
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};

/// Bytes of an answer that the model is shown.
const MAX_BYTES: usize = 16 * 1024;
/// Bytes before the cut that are searched for the end of a line or word.
const SEARCHED: usize = 1024;

/// Joins the texts of `result`; a note stands for each part that is not text. `Err` where the tool says that it failed.
pub(crate) fn answer_text(result: &CallToolResult) -> Result<String, String> {
    let mut parts: Vec<String> = result.content.iter().map(part).collect();
    if parts.is_empty() {
        parts.extend(result.structured_content.as_ref().map(ToString::to_string));
    }
    let text = parts.join("\n");
    if result.is_error == Some(true) {
        return Err(format!("the tool failed: {}", one_line(&masked(&text), 500)));
    }
    Ok(capped(text))
}

fn part(content: &ContentBlock) -> String {
    match content {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => left_out("an image", Some(&image.mime_type)),
        ContentBlock::Audio(audio) => left_out("a sound", Some(&audio.mime_type)),
        ContentBlock::Resource(resource) => match &resource.resource {
            ResourceContents::TextResourceContents { text, .. } => text.clone(),
            ResourceContents::BlobResourceContents { mime_type, .. } => {
                left_out("a file", mime_type.as_deref())
            }
            _ => left_out("a resource", None),
        },
        ContentBlock::ResourceLink(link) => left_out("a link", link.mime_type.as_deref()),
        _ => left_out("something", None),
    }
}

fn left_out(what: &str, media_type: Option<&str>) -> String {
    let of = media_type.map_or_else(String::new, |of| format!(" of {}", one_line(of, 40)));
    format!("[{what}{of} was left out]")
}

/// Cuts between lines or words, so that masking never meets half a secret.
fn capped(mut text: String) -> String {
    if text.len() <= MAX_BYTES {
        return text;
    }
    let whole = text.len();
    let end = text.floor_char_boundary(MAX_BYTES);
    let searched = text.get(text.floor_char_boundary(end.saturating_sub(SEARCHED))..end).unwrap_or_default();
    let break_at = searched.rfind('\n').or_else(|| searched.rfind(char::is_whitespace));
    // A word longer than that goes as a whole.
    let before = end.saturating_sub(searched.len());
    text.truncate(before.saturating_add(break_at.unwrap_or(0)));
    let shown = text.len();
    text + &format!("\n[the answer was cut after {shown} of {whole} bytes]")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rmcp::model::CallToolResult;
    use serde_json::json;

    use super::*;

    fn result(json: serde_json::Value) -> CallToolResult {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn text_of_mixed_content_names_what_it_leaves_out() {
        let mixed = result(json!({ "content": [
            {"type": "text", "text": "one\ntwo"},
            {"type": "image", "data": "aGk=", "mimeType": "image/png"},
            {"type": "audio", "data": "aGk=", "mimeType": "audio/\u{202e}wav"},
            {"type": "resource", "resource": {"uri": "file:///a", "text": "of a file"}},
            {"type": "resource", "resource": {"uri": "file:///a", "blob": "aGk=", "mimeType": "application/pdf"}},
            {"type": "resource_link", "uri": "file:///a", "name": "a"},
        ]}));
        let expected = "one\ntwo\n[an image of image/png was left out]\n[a sound of audio/wav was left out]\n\
                        of a file\n[a file of application/pdf was left out]\n[a link was left out]";
        assert_eq!(answer_text(&mixed).unwrap(), expected);
        assert_eq!(
            answer_text(&result(json!({"content": [], "structuredContent": {"a": 1}}))).unwrap(),
            r#"{"a":1}"#
        );
        assert_eq!(answer_text(&result(json!({"content": []}))).unwrap(), "");
    }

    #[test]
    fn text_of_a_failure_is_an_error_on_one_masked_line() {
        let failed =
            result(json!({"isError": true, "content": [{"type": "text", "text": "no\n password=x1y2"}]}));
        assert_eq!(answer_text(&failed).unwrap_err(), "the tool failed: no password=[masked]");
    }

    #[test]
    fn text_too_long_is_cut_between_words_and_says_so() {
        let long = format!("{} password=swordfish {}", "x".repeat(MAX_BYTES - 12), "y".repeat(50));
        let cut = answer_text(&result(json!({"content": [{"type": "text", "text": long}]}))).unwrap();
        let whole = long.len();
        let end = format!("x\n[the answer was cut after {} of {whole} bytes]", MAX_BYTES - 12);
        assert!(cut.ends_with(&end), "{}", cut.chars().rev().take(80).collect::<String>());
    }

    proptest! {
        #[test]
        fn capped_any_text_is_short_and_begins_as_it_did(part in "\\PC{1,40}", times in 1usize..3000) {
            let long = part.repeat(times);
            let cut = capped(long.clone());
            prop_assert!(cut.len() <= MAX_BYTES + 60);
            let kept = cut.split("\n[the answer was cut").next().unwrap_or_default();
            prop_assert!(cut == long || long.starts_with(kept));
        }
    }
}
