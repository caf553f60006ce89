//! Calls as the AWS CLI commands that anyone could repeat them with.

use common::shell;

/// `aws` and these words, quoted for a shell where one needs it: names come from outside.
pub(crate) fn aws<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut command = "aws".to_owned();
    for word in words {
        command.push(' ');
        command.push_str(&shell::word(word));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_or_run_them() {
        assert_eq!(
            aws(["cloudwatch", "describe-alarms", "--alarm-names", "it's $(rm)", "plain-1"]),
            r"aws cloudwatch describe-alarms --alarm-names 'it'\''s $(rm)' plain-1"
        );
        assert_eq!(aws([""]), "aws ''");
    }
}
