//! Derives the kind of a metric from its name: which direction is bad, and how much a change of it says.

/// The quantity that a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum MetricKind {
    /// Time until an answer.
    Latency,
    /// Failed requests, as a number or a share.
    Errors,
    /// Share of requests that succeed.
    Availability,
    /// Share of reads that a cache answers itself.
    HitRate,
    /// Requests refused because a limit was reached.
    Throttles,
    /// Requests taken.
    Traffic,
    Cpu,
    Memory,
    Disk,
    Network,
    /// Connections, sockets, threads, sessions: what is used up when it is held too long.
    Connections,
    /// Requests that are worked on at the same time: as many as come in a second, times the seconds that each takes.
    Concurrency,
    /// Work that waits: queue length, age, lag.
    Backlog,
    /// Anything else.
    Other,
}

/// The direction in which a metric moves when something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadDirection {
    Up,
    Down,
    Either,
}

/// Words by kind, the most telling kinds first: `ThrottledRequests` are throttles, not traffic.
const WORDS: &[(MetricKind, &[&str])] = &[
    (MetricKind::Throttles, &["throttle", "throttles", "throttled", "throttling", "ratelimited", "exceeded"]),
    (
        MetricKind::Errors,
        &[
            "error",
            "errors",
            "err",
            "fault",
            "faults",
            "fail",
            "failed",
            "failure",
            "failures",
            "failing",
            "exception",
            "exceptions",
            "5xx",
            "4xx",
            "500",
            "502",
            "503",
            "504",
            "rejected",
            "rejections",
            "dropped",
            "drop",
            "drops",
            "unhealthy",
            "aborted",
            "timeout",
            "timeouts",
            "timedout",
            "deadletter",
            "dlq",
        ],
    ),
    (MetricKind::HitRate, &["hit", "hitrate", "hitratio"]),
    (
        MetricKind::Availability,
        &[
            "availability",
            "available",
            "success",
            "successes",
            "successful",
            "succeeded",
            "uptime",
            "healthy",
            "2xx",
        ],
    ),
    (
        MetricKind::Backlog,
        &[
            "backlog",
            "queue",
            "queued",
            "age",
            "lag",
            "pending",
            "waiting",
            "visible",
            "depth",
            "iterator",
            "replicalag",
        ],
    ),
    (
        MetricKind::Latency,
        &[
            "latency",
            "latencies",
            "lat",
            "duration",
            "elapsed",
            "delay",
            "responsetime",
            "response",
            "time",
            "rt",
            "rtt",
        ],
    ),
    (MetricKind::Cpu, &["cpu", "processor", "cpuutilization"]),
    (MetricKind::Memory, &["mem", "memory", "heap", "rss", "swap", "eviction", "evictions", "evicted"]),
    (MetricKind::Disk, &["disk", "storage", "volume", "iops", "io", "filesystem", "burst", "ebs"]),
    (
        MetricKind::Connections,
        &["connection", "connections", "socket", "sockets", "thread", "threads", "sessions"],
    ),
    (MetricKind::Concurrency, &["concurrent", "concurrency"]),
    (MetricKind::Network, &["network", "net", "bytes", "packets", "bandwidth", "rx", "tx"]),
    (
        MetricKind::Traffic,
        &[
            "request",
            "requests",
            "invocation",
            "invocations",
            "calls",
            "call",
            "count",
            "throughput",
            "workload",
            "load",
            "rps",
            "qps",
            "tps",
            "hits",
            "traffic",
            "messages",
            "records",
            "transactions",
            "consumed",
        ],
    ),
];

/// Words of metrics that measure how much of a resource is left: `FreeableMemory`, `CPUCreditBalance`.
const ROOM_LEFT: &[&str] = &["free", "freeable", "available", "remaining", "balance", "idle", "unused"];

impl MetricKind {
    /// Reads `metric`'s words, in any spelling: `HTTPCode_Target_5XX_Count`, `db_mem`, `latency-90`.
    pub(crate) fn from_name(metric: &str) -> Self {
        let words = metric_words(metric);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let resource = [Self::Cpu, Self::Memory, Self::Disk, Self::Connections];
        // `FreeStorageSpace` and `AvailableMemory` are about the resource; `SuccessfulRequestLatency` is a latency.
        let kinds: Vec<Self> = WORDS.iter().filter(|(_, list)| has(list)).map(|(kind, _)| *kind).collect();
        if let Some(kind) = kinds.iter().find(|kind| resource.contains(kind))
            && has(ROOM_LEFT)
        {
            return *kind;
        }
        if kinds.contains(&Self::Availability) && kinds.contains(&Self::Latency) {
            return Self::Latency;
        }
        kinds.first().copied().unwrap_or(Self::Other)
    }

    pub(crate) fn bad_direction(self, metric: &str) -> BadDirection {
        match self {
            Self::Availability | Self::HitRate => BadDirection::Down,
            _ if self.is_room_left(metric) => BadDirection::Down,
            Self::Traffic | Self::Network | Self::Other => BadDirection::Either,
            _ => BadDirection::Up,
        }
    }

    /// Returns true for a metric of how much a component is asked for, which others decide.
    pub(crate) const fn is_load(self) -> bool {
        matches!(self, Self::Traffic | Self::Network | Self::Concurrency)
    }

    /// Returns true for a metric of how much of a resource is left.
    pub(crate) fn is_room_left(self, metric: &str) -> bool {
        matches!(self, Self::Cpu | Self::Memory | Self::Disk | Self::Connections)
            && metric_words(metric).iter().any(|word| ROOM_LEFT.contains(&word.as_str()))
    }

    /// Weighs, from 0 to 1, how much a change of such a metric says about its own component. Traffic and unknown
    /// metrics change all the time, mostly because somebody else's requests did.
    pub(crate) const fn weight(self) -> f64 {
        match self {
            Self::Traffic | Self::Network | Self::Other => 0.25,
            // They fill up behind whatever is slow, so they say more about others than errors and latency do.
            Self::Connections | Self::Concurrency | Self::Backlog => 0.7,
            _ => 1.0,
        }
    }
}

/// Returns true if a change of `metric` in this direction is for the worse by itself. Traffic, and what is of no known kind,
/// changes with what others want: no change of it is.
///
/// ```
/// assert!(rca::is_for_the_worse("Errors", true));
/// assert!(rca::is_for_the_worse("FreeStorageSpace", false));
/// assert!(!rca::is_for_the_worse("Errors", false));
/// assert!(!rca::is_for_the_worse("Invocations", true));
/// ```
pub fn is_for_the_worse(metric: &str, rises: bool) -> bool {
    match MetricKind::from_name(metric).bad_direction(metric) {
        BadDirection::Up => rises,
        BadDirection::Down => !rises,
        BadDirection::Either => false,
    }
}

/// Returns true if `metric` counts requests that failed or were refused.
///
/// ```
/// assert!(rca::counts_failures("HTTPCode_Target_5XX_Count") && rca::counts_failures("Throttles"));
/// assert!(!rca::counts_failures("Duration") && !rca::counts_failures("Invocations"));
/// ```
pub fn counts_failures(metric: &str) -> bool {
    matches!(MetricKind::from_name(metric), MetricKind::Errors | MetricKind::Throttles)
}

/// Returns the words of a metric's name, or of any other text, in lower case: `CPUUtilization` → `cpu utilization`.
///
/// ```
/// assert_eq!(rca::metric_words("HTTPCode_Target_5XX_Count"), ["http", "code", "target", "5xx", "count"]);
/// ```
pub fn metric_words(metric: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = metric.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied().unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        // `CPUUtilization`, `p99Latency`, `Http5xx`; but `5XX` and `UnHealthy` stay one word.
        let starts = (letter.is_uppercase()
            && (before.is_lowercase()
                || ((before.is_uppercase() || before.is_numeric()) && after.is_lowercase())))
            || (letter.is_numeric() && before.is_alphabetic());
        // `UnHealthy` is one word.
        if starts && word != "un" {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_of_common_names_is_what_they_measure() {
        for (metric, kind, bad) in [
            ("latency", MetricKind::Latency, BadDirection::Up),
            ("lat_90", MetricKind::Latency, BadDirection::Up),
            ("Duration", MetricKind::Latency, BadDirection::Up),
            ("TargetResponseTime", MetricKind::Latency, BadDirection::Up),
            ("SuccessfulRequestLatency", MetricKind::Latency, BadDirection::Up),
            ("availability", MetricKind::Availability, BadDirection::Down),
            ("HealthyHostCount", MetricKind::Availability, BadDirection::Down),
            ("UnHealthyHostCount", MetricKind::Errors, BadDirection::Up),
            ("Errors", MetricKind::Errors, BadDirection::Up),
            ("HTTPCode_Target_5XX_Count", MetricKind::Errors, BadDirection::Up),
            ("5XXError", MetricKind::Errors, BadDirection::Up),
            ("StatusCheckFailed", MetricKind::Errors, BadDirection::Up),
            ("ThrottledRequests", MetricKind::Throttles, BadDirection::Up),
            ("Invocations", MetricKind::Traffic, BadDirection::Either),
            ("requests", MetricKind::Traffic, BadDirection::Either),
            ("p99Latency", MetricKind::Latency, BadDirection::Up),
            ("HTTP5XXCount", MetricKind::Errors, BadDirection::Up),
            ("Http5xx", MetricKind::Errors, BadDirection::Up),
            ("ConsumedReadCapacityUnits", MetricKind::Traffic, BadDirection::Either),
            ("FreeConnections", MetricKind::Connections, BadDirection::Down),
            ("CPUUtilization", MetricKind::Cpu, BadDirection::Up),
            ("CPUCreditBalance", MetricKind::Cpu, BadDirection::Down),
            ("db_mem", MetricKind::Memory, BadDirection::Up),
            ("FreeableMemory", MetricKind::Memory, BadDirection::Down),
            ("FreeStorageSpace", MetricKind::Disk, BadDirection::Down),
            ("DatabaseConnections", MetricKind::Connections, BadDirection::Up),
            ("ConcurrentExecutions", MetricKind::Concurrency, BadDirection::Up),
            ("WriteProvisionedThroughputExceeded", MetricKind::Throttles, BadDirection::Up),
            ("WriteThrottleEvents", MetricKind::Throttles, BadDirection::Up),
            ("CacheHitRate", MetricKind::HitRate, BadDirection::Down),
            ("BurstBalance", MetricKind::Disk, BadDirection::Down),
            ("Evictions", MetricKind::Memory, BadDirection::Up),
            ("ApproximateAgeOfOldestMessage", MetricKind::Backlog, BadDirection::Up),
            ("IteratorAge", MetricKind::Backlog, BadDirection::Up),
            ("Temperature", MetricKind::Other, BadDirection::Either),
        ] {
            assert_eq!(MetricKind::from_name(metric), kind, "{metric}");
            assert_eq!(kind.bad_direction(metric), bad, "{metric}");
        }
    }
}
