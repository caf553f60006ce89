//! Computes the most that reading a provider can cost, before it is read.
//!
//! Calls are those of a look that no service throttles; one that is throttled is tried twice more. How
//! many each look makes is decided where it is made, in `aws::context_sources`: a change there is one here.

use common::{
    Arn,
    context_source::{ContextSource, Cost, Scope},
    money::MicroUsd,
};

use super::relevance::{databases, functions, is_relevant};

/// List prices, in millionths of a US dollar, of the dearest of the commercial regions as AWS's pricing
/// pages give them, rounded up: CloudWatch's (Logs Insights, `GetMetricData`), X-Ray's and RDS Performance
/// Insights'. What is not here is not charged by the call.
mod price {
    /// Logs Insights: $0.005 a GB scanned in us-east-1, up to $0.0090 elsewhere.
    pub(super) const LOGS_SCANNED_GB: u64 = 10_000;
    /// `GetMetricData`: $0.01 for 1,000 metrics, by the metric and call.
    pub(super) const METRIC_ASKED: u64 = 10;
    /// X-Ray: $0.50 for a million traces scanned.
    pub(super) const THOUSAND_TRACES_SCANNED: u64 = 500;
    /// Performance Insights' API: $0.01 for 1,000 calls.
    pub(super) const INSIGHTS_CALL: u64 = 10;
}

const GB: u64 = 1_000_000_000;
/// The look stops after the page that passes ten thousand scanned traces; what a page scans is not known
/// before.
const THOUSAND_TRACES: u64 = 20;

/// Nothing for a provider that is not worth asking.
pub(crate) fn cost(provider: ContextSource, scope: &Scope) -> Cost {
    if !is_relevant(provider, scope) {
        return Cost::default();
    }
    let resources = count(scope.resources.iter(), 8);
    let free = |calls: u32| Cost { calls, ..Cost::default() };
    match provider {
        // Two pages of ids, four batches of twenty-five.
        ContextSource::Deployments => free(6),
        // Two pages of pipelines, and the executions of twenty.
        ContextSource::Pipelines => free(22),
        // Whose stack each is, and three pages of events of four stacks.
        ContextSource::StackEvents => free(resources.saturating_add(12)),
        ContextSource::FunctionVersions => free(count(functions(scope), 8).saturating_mul(10)),
        ContextSource::ConfigurationItems | ContextSource::ResourceState => free(resources),
        ContextSource::FaultyTraces => {
            let money = price::THOUSAND_TRACES_SCANNED.saturating_mul(THOUSAND_TRACES);
            Cost { calls: 5, bytes: 0, money: MicroUsd(money) }
        }
        // The function and its group, a start, eight looks in four seconds and a stop, for each function.
        ContextSource::LogInsights => Cost {
            calls: count(functions(scope), 4).saturating_mul(12),
            bytes: scope.most_bytes,
            money: MicroUsd(scanned(scope.most_bytes)),
        },
        // Two filters of two pages, and whom the events affect.
        ContextSource::Health => free(5),
        // The instance, and four pages of its load.
        ContextSource::DatabaseLoad => {
            let databases = count(databases(scope), 3);
            let asked = u64::from(databases).saturating_mul(4);
            let money = price::INSIGHTS_CALL.saturating_mul(asked);
            Cost { calls: databases.saturating_mul(5), bytes: 0, money: MicroUsd(money) }
        }
        // Four pages of quotas of four services, and four of a hundred metrics.
        ContextSource::Quotas => Cost { calls: 20, bytes: 0, money: MicroUsd(price::METRIC_ASKED * 400) },
        ContextSource::SecurityFindings => free(2),
    }
}

fn count<'a>(resources: impl Iterator<Item = &'a Arn>, most: u32) -> u32 {
    u32::try_from(resources.count()).unwrap_or(u32::MAX).min(most)
}

/// The price of a scan, rounded up.
fn scanned(bytes: u64) -> u64 {
    let price = u128::from(bytes).saturating_mul(u128::from(price::LOGS_SCANNED_GB)).div_ceil(u128::from(GB));
    u64::try_from(price).unwrap_or(u64::MAX)
}

/// The bytes that may be scanned for so much.
pub(super) fn affordable(money: MicroUsd) -> u64 {
    let bytes = u128::from(money.0).saturating_mul(u128::from(GB)) / u128::from(price::LOGS_SCANNED_GB);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::context::{
        budget::{Allowance, Budget, admitted},
        relevance::tests::scope,
    };

    #[test]
    fn cost_table() {
        let one = scope(&["lambda:@:function:checkout", "rds:@:db:main"]);
        for (provider, calls, bytes, money) in [
            (ContextSource::Deployments, 6, 0, 0),
            (ContextSource::Pipelines, 22, 0, 0),
            (ContextSource::StackEvents, 14, 0, 0),
            (ContextSource::FunctionVersions, 10, 0, 0),
            (ContextSource::ConfigurationItems, 2, 0, 0),
            (ContextSource::FaultyTraces, 5, 0, 10_000),
            (ContextSource::LogInsights, 12, 5_000_000_001, 50_001),
            (ContextSource::ResourceState, 2, 0, 0),
            (ContextSource::Health, 5, 0, 0),
            (ContextSource::DatabaseLoad, 5, 0, 40),
            (ContextSource::Quotas, 20, 0, 4_000),
            (ContextSource::SecurityFindings, 2, 0, 0),
        ] {
            let expected = Cost { calls, bytes, money: MicroUsd(money) };
            assert_eq!(cost(provider, &one), expected, "{provider:?}");
        }
    }

    #[test]
    fn cost_of_every_provider_alone_fits_the_budget() {
        let near: Vec<String> = (0..10)
            .map(|number| format!("lambda:@:function:f{number}"))
            .chain((0..5).map(|number| format!("rds:@:db:d{number}")))
            .chain((0..5).map(|number| format!("sqs:@:q{number}")))
            .collect();
        let near: Vec<&str> = near.iter().map(String::as_str).collect();
        let budget = Budget::default();
        let mut scope = scope(&near);
        scope.most_bytes = budget.most.bytes;
        for provider in ContextSource::ALL {
            assert!(is_relevant(provider, &scope), "{provider:?}");
            let cost = cost(provider, &scope);
            assert_eq!(
                admitted(&mut Allowance::new(budget.most), [((), cost)]).1,
                [],
                "{provider:?}: {cost:?}"
            );
        }
        // More bytes than are allowed are all that may be too much.
        scope.most_bytes += 1;
        let too_much = |provider: &ContextSource| {
            !admitted(&mut Allowance::new(budget.most), [((), cost(*provider, &scope))]).1.is_empty()
        };
        let refused: Vec<ContextSource> = ContextSource::ALL.into_iter().filter(too_much).collect();
        assert_eq!(refused, [ContextSource::LogInsights]);
    }

    /// Else it would be there and never be made: by itself it would take all that there is.
    #[test]
    fn cost_of_a_query_over_logs_fits_into_what_the_others_leave() {
        let mut near = scope(&["lambda:@:function:checkout", "rds:@:db:main"]);
        let mut left = Allowance::default();
        let others =
            ContextSource::ALL.into_iter().filter(|provider| *provider != ContextSource::LogInsights);
        assert_eq!(admitted(&mut left, others.map(|provider| (provider, cost(provider, &near)))).1, []);
        near.most_bytes = left.bytes();
        assert!(near.most_bytes > 100_000_000, "{}", near.most_bytes);
        assert!(left.take(cost(ContextSource::LogInsights, &near)));
    }

    #[test]
    fn cost_of_what_is_not_asked_is_nothing() {
        for provider in ContextSource::ALL {
            assert_eq!(cost(provider, &scope(&[])), Cost::default(), "{provider:?}");
        }
    }

    proptest! {
        #[test]
        fn affordable_bytes_cost_no_more_than_they_may(money in 0u64..1_000_000_000_000) {
            prop_assert!(scanned(affordable(MicroUsd(money))) <= money);
        }

        #[test]
        fn cost_never_falls_when_more_may_be_asked(functions in 0usize..30, databases in 0usize..9, bytes: u64) {
            let names: Vec<String> = (0..functions)
                .map(|number| format!("lambda:@:function:f{number}"))
                .chain((0..databases).map(|number| format!("rds:@:db:d{number}")))
                .collect();
            let all: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut most = scope(&all);
            most.most_bytes = bytes;
            let mut less = most.clone();
            less.resources.pop();
            less.most_bytes = bytes / 2;
            for provider in ContextSource::ALL {
                let (less, most) = (cost(provider, &less), cost(provider, &most));
                prop_assert!(less.calls <= most.calls && less.bytes <= most.bytes && less.money <= most.money);
                prop_assert!(most.calls <= 80);
            }
        }
    }
}
