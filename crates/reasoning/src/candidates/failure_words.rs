//! Defines the ways in which requests fail, and the words of log lines and metrics by which each shows.

use std::collections::BTreeSet;

/// A way in which requests fail, as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureSign {
    /// Somebody is refused access.
    Denied,
    /// Somebody is refused for asking too much.
    Throttled,
    /// Somebody cannot be reached, or not in time.
    Unreachable,
    /// Something is not there.
    Missing,
    /// Nothing comes any more.
    Silent,
    /// A resource is used up.
    Exhausted,
}

impl FailureSign {
    /// Says what shows, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "access is denied",
            Self::Throttled => "requests are refused for their number",
            Self::Unreachable => "connections fail or time out",
            Self::Missing => "something that is asked for is not there",
            Self::Silent => "nothing comes any more",
            Self::Exhausted => "a resource is used up",
        }
    }
}

/// Words of log lines by what they show, in lower case: those of the AWS SDKs' exceptions, of sockets and of TLS.
const WORDS: &[(FailureSign, &[&str])] = &[
    (
        FailureSign::Denied,
        &[
            "accessdenied",
            "access denied",
            "not authorized",
            "unauthorized",
            "forbidden",
            "permission denied",
            "explicit deny",
            "authfailure",
            "authentication failed",
            "invalid credentials",
            "signaturedoesnotmatch",
            "invalidaccesskeyid",
            "expiredtoken",
            "kms.disabled",
            "disabledexception",
            "kmsdisabled",
            "is disabled",
            "status 401",
            "status 403",
            "http 401",
            "http 403",
            "(403)",
            "(401)",
            "cannot assume",
            "wrongpass",
            "noauth",
            "no permission",
        ],
    ),
    (
        FailureSign::Throttled,
        &[
            "throttl",
            "throughputexceeded",
            "toomanyrequests",
            "too many requests",
            "rate exceeded",
            "ratelimit",
            "rate limit",
            "slowdown",
            "limitexceeded",
            "limit exceeded",
            "requestlimit",
            "status 429",
            "http 429",
            "(429)",
            "quota",
        ],
    ),
    (
        FailureSign::Unreachable,
        &[
            "timed out",
            "timeout",
            "etimedout",
            "econnrefused",
            "econnreset",
            "enotfound",
            "ehostunreach",
            "enetunreach",
            "eai_again",
            "connection refused",
            "connection reset",
            "could not connect",
            "cannot connect",
            "unable to connect",
            "no route to host",
            "getaddrinfo",
            "name or service not known",
            "unknownhost",
            "nxdomain",
            "servfail",
            "certificate",
            "x509",
            "tls handshake",
            "ssl handshake",
            "handshake_failure",
            "network is unreachable",
            "socket hang up",
            "broken pipe",
            "terminating connection",
            "connection closed",
            "loading the dataset",
        ],
    ),
    (
        FailureSign::Missing,
        &[
            "notfound",
            "not found",
            "does not exist",
            "doesn't exist",
            "nosuchkey",
            "nosuchbucket",
            "nonexistent",
            "no such",
            "unknown table",
            "undefined",
            "keyerror",
            "missing",
        ],
    ),
    (
        FailureSign::Exhausted,
        &[
            "no space left",
            "disk full",
            "out of memory",
            "outofmemory",
            "oom-kill",
            "oomkill",
            "oom kill",
            "too many connections",
            "remaining connection slots",
            "pool exhausted",
            "too many open files",
            "exceeds available",
            "memory limit",
        ],
    ),
];

/// Returns what a log template shows.
pub(super) fn shown_by(text: &str) -> BTreeSet<FailureSign> {
    let text = text.to_lowercase();
    let shows = |words: &&[&str]| words.iter().any(|word| text.contains(word));
    WORDS.iter().filter(|(_, words)| shows(words)).map(|(sign, _)| *sign).collect()
}

/// Names of metrics by what they show where they raise an alarm, the most telling first: each is known by words that are all
/// in it. The names are those of AWS's services.
const METRICS: &[(&[FailureSign], &[&[&str]])] = &[
    (
        &[FailureSign::Throttled],
        &[&["throttle"], &["throttles"], &["throttled"], &["throttling"], &["exceeded"], &["rejected"]],
    ),
    (&[FailureSign::Denied, FailureSign::Throttled, FailureSign::Missing], &[&["4xx"]]),
    (
        &[FailureSign::Unreachable],
        &[
            &["unhealthy"],
            &["healthy", "host"],
            &["status", "check"],
            &["health", "check"],
            &["connection", "error"],
            &["negotiation", "error"],
            &["elb", "5xx"],
        ],
    ),
    (&[FailureSign::Denied, FailureSign::Missing], &[&["failed", "invocations"]]),
    (
        &[FailureSign::Silent],
        &[
            &["invocations"],
            &["request", "count"],
            &["number", "messages"],
            &["incoming", "records"],
            &["executions", "started"],
        ],
    ),
    (
        &[FailureSign::Exhausted],
        &[&["cpu"], &["memory"], &["storage"], &["burst"], &["credit"], &["connections"]],
    ),
];

/// Returns what the metric in which the incident was noticed shows.
pub(super) fn shown_by_metric(metric: &str) -> &'static [FailureSign] {
    let words = rca::metric_words(metric);
    let is_there = |word: &&str| words.iter().any(|one| one == word);
    // API Gateway counts its requests in a metric of this name.
    if words == ["count"] {
        return &[FailureSign::Silent];
    }
    let found = METRICS.iter().find(|(_, names)| names.iter().any(|name| name.iter().all(is_there)));
    found.map_or(&[], |(signs, _)| signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_by_words_of_sdks_sockets_and_databases() {
        for (text, expected) in [
            (
                "ERROR AccessDeniedException: User: <arn> is not authorized to perform: <*>",
                Some(FailureSign::Denied),
            ),
            (
                "ERROR ProvisionedThroughputExceededException reading partition <*>",
                Some(FailureSign::Throttled),
            ),
            ("ERROR connect ETIMEDOUT <ip>:443 (feed.internal.example)", Some(FailureSign::Unreachable)),
            ("x509: certificate has expired or is not yet valid", Some(FailureSign::Unreachable)),
            ("ERROR KeyError: 'cpm_floor' in rate card", Some(FailureSign::Missing)),
            ("could not extend file: No space left on device", Some(FailureSign::Exhausted)),
            ("served <*> in <*> ms", None),
            ("no rooms left for <*>", None),
            ("invoked oom-killer: gfp_mask=<*>", Some(FailureSign::Exhausted)),
        ] {
            assert_eq!(shown_by(text).first().copied(), expected, "{text}");
        }
    }

    #[test]
    fn shown_by_metric_table() {
        for (metric, expected) in [
            ("Throttles", Some(FailureSign::Throttled)),
            ("ReadThrottleEvents", Some(FailureSign::Throttled)),
            ("4XXError", Some(FailureSign::Denied)),
            ("4xxErrorRate", Some(FailureSign::Denied)),
            ("UnHealthyHostCount", Some(FailureSign::Unreachable)),
            ("HealthyHostCount", Some(FailureSign::Unreachable)),
            ("StatusCheckFailed_Instance", Some(FailureSign::Unreachable)),
            ("TargetConnectionErrorCount", Some(FailureSign::Unreachable)),
            ("ClientTLSNegotiationErrorCount", Some(FailureSign::Unreachable)),
            ("HTTPCode_ELB_5XX_Count", Some(FailureSign::Unreachable)),
            ("FailedInvocations", Some(FailureSign::Denied)),
            ("Invocations", Some(FailureSign::Silent)),
            ("Count", Some(FailureSign::Silent)),
            ("RequestCount", Some(FailureSign::Silent)),
            ("NumberOfMessagesReceived", Some(FailureSign::Silent)),
            ("ExecutionsStarted", Some(FailureSign::Silent)),
            ("CPUUtilization", Some(FailureSign::Exhausted)),
            ("FreeStorageSpace", Some(FailureSign::Exhausted)),
            ("BurstBalance", Some(FailureSign::Exhausted)),
            ("DatabaseConnections", Some(FailureSign::Exhausted)),
            // A part of a word is none, and an error of a target may be anything.
            ("HTTPCode_Target_5XX_Count", None),
            ("MessageUsage", None),
            ("Duration", None),
            ("ApproximateAgeOfOldestMessage", None),
            ("Errors", None),
        ] {
            assert_eq!(shown_by_metric(metric).first().copied(), expected, "{metric}");
        }
    }
}
