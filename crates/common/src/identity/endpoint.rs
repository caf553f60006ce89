//! Names the resource behind a host name that AWS gives to a database, a cache, a bucket or an API.
//!
//! Traces, connection strings, environment variables and log lines name a data store by its endpoint, and nothing else
//! names it. The forms are those of the services' own guides, as
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_CommonTasks.Connect.html>,
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Endpoints.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.

use crate::{Arn, partition::Partition};

/// Labels of `ElastiCache` endpoints that stand before the name of the replication group.
const CACHE_ROLES: [&str; 3] = ["master", "replica", "clustercfg"];

/// Returns the resource of `account` in `region` that the host name is of; `None` for a host that is nobody's, or of
/// another region. A port after it, a scheme or a user before it, and a path behind it do not matter.
pub fn resource_behind(text: &str, region: &str, account: &str) -> Option<Arn> {
    let host = host_of(text)?.to_ascii_lowercase();
    let suffix = Partition::of_region(region).dns_suffix;
    let labels: Vec<&str> = host.strip_suffix(suffix)?.strip_suffix('.')?.split('.').collect();
    if labels.iter().any(|label| label.is_empty()) {
        return None;
    }
    let of = |service: &str, resource: String| Some(Arn::new(service, region, account, &resource));
    let here = |label: &str| label == region || is_short_form(label, region);
    match labels.as_slice() {
        // DocumentDB and Neptune have the ARNs of RDS.
        [name, kind, at, "rds" | "docdb" | "neptune"] if *at == region => {
            match kind.split_once('-').map_or("", |(kind, _)| kind) {
                "cluster" => of("rds", format!("cluster:{name}")),
                "proxy" => of("rds", format!("db-proxy:{name}")),
                _ => of("rds", format!("db:{name}")),
            }
        }
        [name, _, at, "redshift"] if *at == region => of("redshift", format!("cluster:{name}")),
        [role, group, _, at, "cache"] if CACHE_ROLES.contains(role) && here(at) => {
            of("elasticache", format!("replicationgroup:{group}"))
        }
        [name, "serverless", at, "cache"] if here(at) => {
            let name = name.rsplit_once('-').map_or(*name, |(name, _)| name);
            of("elasticache", format!("serverlesscache:{name}"))
        }
        [group, _, "ng", _, at, "cache"] | [group, _, "clustercfg", at, "cache"] if here(at) => {
            of("elasticache", format!("replicationgroup:{group}"))
        }
        // `cfg` is the configuration endpoint of a Memcached cluster, a number that of a node.
        [name, _, _, at, "cache"] if here(at) => of("elasticache", format!("cluster:{name}")),
        ["clustercfg", name, _, "memorydb", at] if here(at) => of("memorydb", format!("cluster/{name}")),
        [bucket @ .., "s3", at] if !bucket.is_empty() && *at == region => bucket_arn(bucket, region),
        [bucket @ .., "s3"] if !bucket.is_empty() => bucket_arn(bucket, region),
        [domain, at, "es" | "aoss"] if *at == region => {
            let name = domain.strip_prefix("vpc-").or(domain.strip_prefix("search-"))?.rsplit_once('-')?.0;
            of("es", format!("domain/{name}"))
        }
        [system, "efs", at] if *at == region => of("elasticfilesystem", format!("file-system/{system}")),
        [stream, "kinesis", at] if *at == region => of("kinesis", format!("stream/{stream}")),
        _ => None,
    }
}

/// `https://user@host:443/path` is `host`.
fn host_of(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next()?;
    let rest = rest.rsplit('@').next()?;
    let host = rest.split(':').next()?.trim_end_matches('.');
    let is_host = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    ((1..=253).contains(&host.len()) && host.bytes().all(is_host)).then_some(host)
}

/// Buckets have neither region nor account in their ARNs.
fn bucket_arn(labels: &[&str], region: &str) -> Option<Arn> {
    format!("arn:{}:s3:::{}", Partition::of_region(region).id, labels.join(".")).parse().ok()
}

/// `use1` is `us-east-1`, `apse2` is `ap-southeast-2`: the letters that `ElastiCache` keeps of each word.
fn is_short_form(label: &str, region: &str) -> bool {
    let mut words = region.split('-');
    let (Some(area), Some(number)) = (words.next(), region.rsplit('-').next()) else { return false };
    let directions: String =
        region.split('-').skip(1).filter(|word| *word != number).filter_map(short_direction).collect();
    format!("{area}{directions}{number}") == label
}

fn short_direction(word: &str) -> Option<&'static str> {
    Some(match word {
        "north" => "n",
        "south" => "s",
        "east" => "e",
        "west" => "w",
        "central" => "c",
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        "gov" => "g",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn resource_behind_each_form_of_endpoint() {
        for (text, expected) in [
            ("orders.c9akciq32.eu-west-1.rds.amazonaws.com", "rds:@:db:orders"),
            ("shop@orders.c9akciq32.eu-west-1.rds.amazonaws.com", "rds:@:db:orders"),
            ("postgres://app:x@orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432/shop", "rds:@:db:orders"),
            ("orders.cluster-c9akciq32.eu-west-1.rds.amazonaws.com", "rds:@:cluster:orders"),
            ("orders.cluster-ro-c9akciq32.eu-west-1.rds.amazonaws.com", "rds:@:cluster:orders"),
            ("front.proxy-c9akciq32.eu-west-1.rds.amazonaws.com", "rds:@:db-proxy:front"),
            ("docs.cluster-c9akciq32.eu-west-1.docdb.amazonaws.com", "rds:@:cluster:docs"),
            ("lake.c9akciq32.eu-west-1.redshift.amazonaws.com:5439", "redshift:@:cluster:lake"),
            ("shop.c1e2x3.0001.euw1.cache.amazonaws.com", "elasticache:@:cluster:shop"),
            ("shop.c1e2x3.0001.eu-west-1.cache.amazonaws.com", "elasticache:@:cluster:shop"),
            ("shop.c1e2x3.cfg.euw1.cache.amazonaws.com:11211", "elasticache:@:cluster:shop"),
            ("shop.c1e2x3.ng.0001.euw1.cache.amazonaws.com", "elasticache:@:replicationgroup:shop"),
            ("master.shop.c1e2x3.euw1.cache.amazonaws.com", "elasticache:@:replicationgroup:shop"),
            ("shop.c1e2x3.clustercfg.euw1.cache.amazonaws.com", "elasticache:@:replicationgroup:shop"),
            ("shop-c1e2x3.serverless.euw1.cache.amazonaws.com", "elasticache:@:serverlesscache:shop"),
            ("clustercfg.shop.c1e2x3.memorydb.eu-west-1.amazonaws.com", "memorydb:@:cluster/shop"),
            ("originals.s3.eu-west-1.amazonaws.com", "s3:::originals"),
            ("https://a.b.s3.amazonaws.com/key", "s3:::a.b"),
            ("vpc-logs-abc123.eu-west-1.es.amazonaws.com", "es:@:domain/logs"),
            ("fs-0123.efs.eu-west-1.amazonaws.com", "elasticfilesystem:@:file-system/fs-0123"),
            ("orders.c9akciq32.us-east-1.rds.amazonaws.com", ""),
            ("shop.c1e2x3.0001.use1.cache.amazonaws.com", ""),
            ("s3.eu-west-1.amazonaws.com", ""),
            ("email.eu-west-1.amazonaws.com", ""),
            ("orders.c9akciq32.eu-west-1.rds.amazonaws.com.evil.example", ""),
            ("orders..eu-west-1.rds.amazonaws.com", ""),
            ("api.example.com", ""),
            ("", ""),
        ] {
            let found = resource_behind(text, "eu-west-1", "123456789012").map(|arn| arn.to_string());
            let expected = (!expected.is_empty())
                .then(|| format!("arn:aws:{}", expected.replace('@', "eu-west-1:123456789012")));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn is_short_form_of_the_regions_that_caches_are_in() {
        for (label, region) in [
            ("use1", "us-east-1"),
            ("apse2", "ap-southeast-2"),
            ("euc1", "eu-central-1"),
            ("usgw1", "us-gov-west-1"),
        ] {
            assert!(is_short_form(label, region), "{label} {region}");
            assert!(!is_short_form(label, "eu-north-1"), "{label}");
        }
    }

    proptest! {
        #[test]
        fn resource_behind_any_text_is_an_answer(text in any::<String>()) {
            let _ = resource_behind(&text, "eu-west-1", "123456789012");
        }
    }
}
