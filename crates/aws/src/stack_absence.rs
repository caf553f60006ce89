//! Tells a stack that is not there from other refusals.

/// Returns true for `CloudFormation`'s own words about a stack, or a resource of one, that is not there: it answers with the
/// code `ValidationError`, as to any other wrong input.
pub fn is_about_absent_stack(message: &str) -> bool {
    message.contains("does not exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_about_absent_stack_table() {
        for (message, expected) in [
            ("Stack with id ops does not exist", true),
            ("Stack for i-0123456789abcdef0 does not exist", true),
            ("Template format error: YAML not well-formed", false),
            ("", false),
        ] {
            assert_eq!(is_about_absent_stack(message), expected, "{message}");
        }
    }
}
