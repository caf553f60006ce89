//! Reads, from what the symptom, the logs and the engine show, in which way things fail: a change explains a failure that
//! it can bring about, and no other.

use std::collections::{BTreeMap, BTreeSet};

use common::{Arn, EvidenceId, FailureMode, Signal, findings::EngineVerdict};

use crate::{candidates::change_effect::Effect, evidence::evidence_index::EvidenceIndex};

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
fn shown_by_metric(metric: &str) -> &'static [FailureSign] {
    let words = rca::metric_words(metric);
    let is_there = |word: &&str| words.iter().any(|one| one == word);
    // API Gateway counts its requests in a metric of this name.
    if words == ["count"] {
        return &[FailureSign::Silent];
    }
    let found = METRICS.iter().find(|(_, names)| names.iter().any(|name| name.iter().all(is_there)));
    found.map_or(&[], |(signs, _)| signs)
}

/// Returns what the engine says of how a component fails.
const fn shown_by_mode(mode: FailureMode) -> Option<FailureSign> {
    match mode {
        FailureMode::Throttled => Some(FailureSign::Throttled),
        FailureMode::Cpu
        | FailureMode::Memory
        | FailureMode::Disk
        | FailureMode::Connections
        | FailureMode::Capacity
        | FailureMode::Overload => Some(FailureSign::Exhausted),
        FailureMode::Permissions => Some(FailureSign::Denied),
        _ => None,
    }
}

/// The signs of one incident, with the evidence of each.
#[derive(Debug, Default)]
pub struct FailureSigns {
    all: BTreeMap<FailureSign, BTreeSet<EvidenceId>>,
    /// The resources whose own metrics the engine found out of their usual range.
    abnormal: BTreeMap<Arn, EvidenceId>,
}

impl FailureSigns {
    /// Returns the signs that the evidence of one incident shows.
    pub fn new(signal: &Signal, index: &EvidenceIndex<'_>) -> Self {
        let mut signs = Self::default();
        for log in &index.logs {
            for template in log.templates {
                for sign in shown_by(&template.template) {
                    signs.all.entry(sign).or_default().insert(log.id.clone());
                }
            }
        }
        let metric = signal.metric.as_ref().map_or("", |metric| metric.name.as_str());
        for sign in shown_by_metric(metric) {
            signs.all.entry(*sign).or_default();
        }
        // An engine that names no cause raises none.
        let engine = index.engine.iter().filter(|engine| engine.fact.verdict == EngineVerdict::RootCause);
        let found = engine.flat_map(|engine| engine.fact.suspects.iter().map(move |one| (one, engine.id)));
        for (suspect, id) in found {
            if let Some(sign) = shown_by_mode(suspect.failure_mode) {
                signs.all.entry(sign).or_default().insert(id.clone());
            }
            if let (Some(resource), Some(_)) = (&suspect.resource, &suspect.strongest_metric) {
                signs.abnormal.insert(resource.clone(), id.clone());
            }
        }
        signs
    }

    /// Returns the sign that a change of this effect on `resource` can bring about, with its evidence; `None` where
    /// nothing shows that it did. `is_close` is true of what the symptom's component is, reads or calls itself.
    pub fn explained_by(
        &self,
        effect: Effect,
        resource: &Arn,
        is_close: bool,
    ) -> Option<(&'static str, BTreeSet<EvidenceId>)> {
        let fitting: &[FailureSign] = match effect {
            Effect::Permissions => &[FailureSign::Denied],
            Effect::Network => &[FailureSign::Unreachable, FailureSign::Silent],
            Effect::Capacity => &[FailureSign::Throttled, FailureSign::Exhausted],
            Effect::Stopped => &[FailureSign::Silent, FailureSign::Unreachable, FailureSign::Missing],
            Effect::Configuration => &[],
        };
        let shown = fitting.iter().find_map(|sign| Some((sign.as_str(), self.all.get(sign)?.clone())));
        let own = || {
            let id = self.abnormal.get(&resource.component())?;
            let answers = matches!(effect, Effect::Stopped | Effect::Capacity | Effect::Configuration);
            answers.then(|| ("its own metrics left their usual range", BTreeSet::from([id.clone()])))
        };
        let close =
            || (is_close && effect == Effect::Configuration).then(|| ("what uses it fails", BTreeSet::new()));
        shown.or_else(own).or_else(close)
    }
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

    #[test]
    fn explained_by_only_what_the_effect_can_bring_about() {
        let bucket: Arn = "arn:aws:s3:::b".parse().unwrap();
        let id = EvidenceId::from_parts(&["log"]);
        let mut signs = FailureSigns::default();
        signs.all.insert(FailureSign::Denied, BTreeSet::from([id.clone()]));
        let explained =
            |signs: &FailureSigns, effect, close| signs.explained_by(effect, &bucket, close).is_some();
        assert!(explained(&signs, Effect::Permissions, false));
        for effect in [Effect::Network, Effect::Capacity, Effect::Stopped, Effect::Configuration] {
            assert!(!explained(&signs, effect, false), "{effect:?}");
        }
        assert!(explained(&signs, Effect::Configuration, true));
        signs.abnormal.insert(bucket.clone(), id);
        assert!(explained(&signs, Effect::Stopped, false));
        assert!(!explained(&signs, Effect::Network, false));
    }
}
