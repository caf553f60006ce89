//! Lines that AWS writes, whose form is documented and whose parts don't all mean the same.

/// Fields of Lambda's REPORT that not every invocation has, by the start of their name: they are no other kind of
/// report. A status is one.
const OPTIONAL: [&[u8]; 6] = [
    b"Init Duration:",
    b"Restore Duration:",
    b"Billed Restore Duration:",
    b"XRAY TraceId:",
    b"SegmentId:",
    b"Sampled:",
];
/// Load balancers' types of request.
const REQUESTS: [&[u8]; 6] = [b"http", b"https", b"h2", b"grpcs", b"ws", b"wss"];

/// The fields of Lambda's REPORT that count; `None` where the line is none. A time may come before it.
pub(super) fn report(line: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let first = line.get(..memchr::memchr(b'\t', line)?)?;
    memchr::memmem::find(first, b"REPORT RequestId: ")?;
    let optional = |field: &&[u8]| OPTIONAL.iter().any(|name| field.starts_with(name));
    Some(line.split(|&byte| byte == b'\t').filter(move |field| !optional(field)))
}

/// A line of an Application Load Balancer's access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BalancerRequest<'a> {
    pub(super) kind: &'a [u8],
    /// The balancer's and the target's status; `-` where there was none.
    pub(super) status: &'a [u8],
    pub(super) target_status: &'a [u8],
    pub(super) method: &'a [u8],
}

impl<'a> BalancerRequest<'a> {
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        // The cheapest first: nearly no line passes.
        let kind = REQUESTS.into_iter().find(|kind| {
            line.strip_prefix(*kind).is_some_and(|rest| matches!(rest, [b' ', b'0'..=b'9', ..]))
        })?;
        let mut fields = line.split(|&byte| byte == b' ');
        fields.nth(1)?;
        fields.next().filter(|balancer| balancer.starts_with(b"app/"))?;
        let (status, target_status) = (fields.nth(5)?, fields.next()?);
        let method = fields.nth(2)?.strip_prefix(b"\"")?;
        let is_status = |field: &[u8]| field == b"-" || super::field_keys::is_http_status(field);
        (is_status(status) && is_status(target_status)).then_some(Self {
            kind,
            status,
            target_status,
            method,
        })
    }
}
