//! Lists the operations that may be called at all: a closed list of constants, each a read by its name, or the one that adds an
//! object where none is.

/// A service, with the names that it goes by in different places.
#[derive(Debug)]
pub(crate) struct Service {
    /// The SDKs' service id: `CodeDeploy` is asked at `AWS_ENDPOINT_URL_CODEDEPLOY` where that is set.
    pub(crate) id: &'static str,
    /// The service's name in host names.
    pub(crate) host: &'static str,
    /// The service's name in signatures.
    pub(crate) signing: &'static str,
    pub(crate) protocol: Protocol,
    /// Answers for all regions from one.
    pub(crate) global: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `X-Amz-Target: <target>.<operation>`.
    AwsJson {
        version: &'static str,
        target: &'static str,
    },
    RestJson,
    /// A form that names the operation, answered in XML.
    Query {
        version: &'static str,
    },
    /// S3.
    RestXml,
}

/// One call that a service answers, and that changes nothing which is there.
#[derive(Debug)]
pub(crate) struct Operation {
    service: &'static Service,
    name: &'static str,
    method: &'static str,
    path: &'static str,
    most_bytes: usize,
    if_absent: bool,
}

/// A page of most operations is far below it.
pub(super) const MOST_BYTES: usize = 5_000_000;

impl Operation {
    /// Returns an operation of a service that takes the operation's name in a header or a form.
    pub(crate) const fn new(service: &'static Service, name: &'static str) -> Self {
        Self::at(service, name, "POST", "/")
    }

    /// Returns an operation of a REST service: each `{}` of the path is a label of the input. Use it for
    /// constants only: then a name that is no read's does not compile.
    pub(crate) const fn at(
        service: &'static Service,
        name: &'static str,
        method: &'static str,
        path: &'static str,
    ) -> Self {
        assert!(is_read(name), "only reads can be declared");
        Self { service, name, method, path, most_bytes: MOST_BYTES, if_absent: false }
    }

    /// Returns S3's operation that puts an object where none is: the service refuses it where there is one.
    pub(crate) const fn put_object_if_absent(service: &'static Service) -> Self {
        Self {
            service,
            name: "PutObject",
            method: "PUT",
            path: "/{}/{}",
            most_bytes: MOST_BYTES,
            if_absent: true,
        }
    }

    /// Returns the operation with another limit for the size of an answer, for one whose pages may be larger than those
    /// of the others.
    pub(crate) const fn of_at_most(self, most_bytes: usize) -> Self {
        Self { most_bytes, ..self }
    }

    pub(crate) const fn service(&self) -> &'static Service {
        self.service
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) const fn method(&self) -> &'static str {
        self.method
    }

    pub(super) const fn path(&self) -> &'static str {
        self.path
    }

    /// Tells whether the service has to refuse it where something is there.
    pub(super) const fn is_if_absent(&self) -> bool {
        self.if_absent
    }

    /// The size from which on an answer is not read.
    pub(super) const fn most_bytes(&self) -> usize {
        self.most_bytes
    }
}

/// `StartQuery` is of a Logs Insights query, which reads.
const READS: [&str; 8] =
    ["Get", "List", "Describe", "BatchGet", "Lookup", "Search", "Retrieve", "StartQuery"];
/// Nor does it change anything to give up such a query, to read log lines, to ask a model, or to sign a text.
const CHANGE_NOTHING: [&str; 4] = ["StopQuery", "FilterLogEvents", "Converse", "Sign"];
/// Words in the names of operations that read secrets.
const SECRETS: [&str; 5] = ["Secret", "Password", "Token", "Credential", "Authorization"];

/// Tells whether the name is one of a call that only reads, and reads no secret.
pub(crate) const fn is_read(name: &str) -> bool {
    let name = name.as_bytes();
    if !is_any(name, &CHANGE_NOTHING) && !starts_with_any(name, &READS) {
        return false;
    }
    let mut rest = name;
    while let [_, others @ ..] = rest {
        if starts_with_any(rest, &SECRETS) {
            return false;
        }
        rest = others;
    }
    true
}

const fn starts_with_any(text: &[u8], beginnings: &[&str]) -> bool {
    let mut rest = beginnings;
    while let [first, others @ ..] = rest {
        if starts_with(text, first.as_bytes()) {
            return true;
        }
        rest = others;
    }
    false
}

const fn is_any(text: &[u8], names: &[&str]) -> bool {
    let mut rest = names;
    while let [first, others @ ..] = rest {
        if text.len() == first.len() && starts_with(text, first.as_bytes()) {
            return true;
        }
        rest = others;
    }
    false
}

const fn starts_with(text: &[u8], beginning: &[u8]) -> bool {
    let (mut text, mut beginning) = (text, beginning);
    while let [expected, others @ ..] = beginning {
        match text {
            [letter, after @ ..] if *letter == *expected => text = after,
            _ => return false,
        }
        beginning = others;
    }
    true
}
