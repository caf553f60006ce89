//! Finding one's way in the answers of Query services.

use roxmltree::Node;

/// The text of a child.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let found = node.children().find(|child| child.tag_name().name() == name)?;
    found.text().map(str::trim).filter(|text| !text.is_empty())
}

/// The members of the first list of this name below `node`.
pub(super) fn members<'a, 'input>(node: Node<'a, 'input>, list: &str) -> Vec<Node<'a, 'input>> {
    let found = node.descendants().find(|below| below.tag_name().name() == list);
    found.into_iter().flat_map(|list| list.children()).filter(Node::is_element).collect()
}

/// The first text below `node` under this name, as a page's token is.
pub(super) fn anywhere<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let found = node.descendants().find(|below| below.tag_name().name() == name)?;
    found.text().map(str::trim).filter(|text| !text.is_empty())
}
