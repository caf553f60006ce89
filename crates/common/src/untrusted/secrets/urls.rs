//! Passwords between the scheme and the host of an address.

use super::{MASK, SecretMatch, after, run};

/// A user without a password is a token when it is as long as this.
const TOKEN: usize = 20;

/// The password of `scheme://user:password@host`, where `rest` starts at the colon; also
/// `jdbc:oracle:thin:user/password@host`.
pub(super) fn password(shown: &str, rest: &str) -> Option<SecretMatch> {
    if let Some(user) = rest.strip_prefix(':').filter(|_| shown.ends_with("oracle:thin")) {
        let name = run(user, |c| c.is_alphanumeric() || c == '_');
        let password = after(user, name).strip_prefix('/')?;
        let length = run(password, |c| c != '@' && !ends(c));
        let hidden = password.get(..length)?;
        if hidden.is_empty() || hidden.contains(MASK) || !after(password, length).starts_with('@') {
            return None;
        }
        let (kept, hidden) = if is_masked(user.get(..name)?) {
            (0, name.saturating_add(1).saturating_add(length))
        } else {
            (name.saturating_add(1), length)
        };
        return Some(SecretMatch { kept: kept.saturating_add(1), hidden, kind: "url_password" });
    }
    if !shown.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let address = rest.strip_prefix("://")?;
    let length = run(address, |c| !ends(c));
    // What belongs to the next address is read with it.
    let whole = address.get(..length)?.split("://").next()?;
    let authority = whole.get(..run(whole, |c| !matches!(c, '/' | '?' | '#')))?;
    let user = match (authority.rsplit_once('@'), authority.split_once(':')) {
        (Some((user, _)), _) => user,
        // A password may hold a slash that nobody encoded; a port holds none.
        (None, Some((host, port)))
            if !host.is_empty()
                && !host.starts_with('[')
                && !port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            whole.rsplit_once('@')?.0
        }
        _ => return None,
    };
    let (kept, hidden) = match user.split_once(':') {
        // An access key and its secret, or somebody's address.
        Some((name, _)) if is_masked(name) => (0, user),
        Some((name, password)) => (name.len().saturating_add(1), password),
        None if user.len() >= TOKEN || user.contains("%40") => (0, user),
        None => return None,
    };
    if hidden.is_empty() || user.contains(MASK) {
        return None;
    }
    Some(SecretMatch { kept: kept.saturating_add("://".len()), hidden: hidden.len(), kind: "url_password" })
}

/// True where something of a user's name is to be hidden as well.
fn is_masked(name: &str) -> bool {
    !super::mask(name).found.is_empty()
}

fn ends(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '`' | '<' | '>' | '\\')
}
