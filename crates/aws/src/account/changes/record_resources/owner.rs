//! Makes ARNs of the names in a record: they belong to the region and the account that the record is of.

use common::{Arn, arn_scope::ArnScope};

/// The region and the account of a record.
pub(super) struct RecordOwner<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

impl RecordOwner<'_> {
    pub(super) fn arn(&self, scope: ArnScope, service: &str, resource: &str) -> Option<Arn> {
        scope.arn(service, self.region, self.account, resource)
    }
}

/// Accepts what AWS's names are made of: nothing else becomes part of an ARN.
pub(super) fn is_name(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./+=,@:#$".contains(&b))
}
