//! Compares a message with the file of its name in `tests/golden`.

use common::notification::Message;

/// Fails where the message differs from its file; `BLESS=1` writes the files anew.
pub(crate) fn assert_golden(name: &str, message: &Message) {
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = format!("Subject: {}\n\n{}\n", message.subject, message.body);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name}");
}
