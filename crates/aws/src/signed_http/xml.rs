//! Reads the XML that Query services and S3 answer with.

use common::ports::PortError;
use roxmltree::{Document, Node};

use crate::error::unreadable;

/// Parses an answer. Entities, which could make it grow, are refused.
pub(crate) fn document<'a>(text: &'a str, operation: &str) -> Result<Document<'a>, PortError> {
    Document::parse(text).map_err(|error| unreadable(operation, error))
}

/// Parses an answer whose root names the operation that it answers; another one is an error.
pub(crate) fn response<'a>(text: &'a str, operation: &str) -> Result<Document<'a>, PortError> {
    let document = document(text, operation)?;
    let root = document.root_element().tag_name().name();
    if root.strip_suffix("Response") == Some(operation) {
        Ok(document)
    } else {
        Err(unreadable(operation, format!("expected {operation}Response, got {root:?}")))
    }
}

/// The first child of this name.
pub(crate) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// The text of a child, where it is not empty.
pub(crate) fn child_text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    trimmed(child(node, name)?)
}

/// The members of the first list of this name below `node`.
pub(crate) fn members<'a, 'input>(node: Node<'a, 'input>, list: &str) -> Vec<Node<'a, 'input>> {
    let found = node.descendants().find(|below| below.tag_name().name() == list);
    found.into_iter().flat_map(|list| list.children()).filter(Node::is_element).collect()
}

/// The text of the first element of this name below `node`, as a page's token is.
pub(crate) fn text_below<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    trimmed(node.descendants().find(|below| below.tag_name().name() == name)?)
}

fn trimmed<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.text().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_of_another_operation_is_an_error() {
        assert!(response("<DescribeXResponse/>", "DescribeX").is_ok());
        for text in ["<DescribeYResponse/>", "<DescribeX/>", "<html/>", "", "<DescribeXResponse>"] {
            assert!(response(text, "DescribeX").is_err(), "{text:?}");
        }
    }

    #[test]
    fn document_with_entities_is_refused() {
        assert!(document("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "X").is_err());
    }

    #[test]
    fn elements_are_found_by_local_name() {
        let document = document("<R xmlns='x'><L><m><a> 1 </a><b/></m><m/></L><T>t</T></R>", "X").unwrap();
        let list = members(document.root(), "L");
        assert_eq!(list.len(), 2);
        assert_eq!((child_text(list[0], "a"), child_text(list[0], "b")), (Some("1"), None));
        assert_eq!(text_below(document.root(), "T"), Some("t"));
        assert!(members(document.root(), "none").is_empty());
    }
}
