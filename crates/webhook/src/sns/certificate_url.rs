//! Decides where SNS's certificate may come from.

use common::{Arn, partition::Partition};

/// `/SimpleNotificationService-<hex>.pem`
const PREFIX: &str = "/SimpleNotificationService-";
const SUFFIX: &str = ".pem";

/// Returns the path of the certificate, if the URL is of SNS's own host in the topic's region. Anything else, a port,
/// a user, a query, another path, could lead to somebody else's certificate.
pub(super) fn path<'a>(url: &'a str, topic: &Arn) -> Option<&'a str> {
    let path = url.strip_prefix(&format!("https://{}", host(topic)?))?;
    let name = path.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let is_plain = (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    is_plain.then_some(path)
}

pub(super) fn expected(topic: &Arn) -> String {
    let host = host(topic).unwrap_or_else(|| "sns.<region>.amazonaws.com".to_owned());
    format!("https://{host}{PREFIX}<id>{SUFFIX}")
}

fn host(topic: &Arn) -> Option<String> {
    let region = topic.region();
    let is_region = !region.is_empty()
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let partition = Partition::of_region(region);
    (is_region && partition.id == topic.partition()).then(|| format!("sns.{region}.{}", partition.dns_suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_only_of_the_host_of_the_topics_region() {
        let topic = |region: &str| Arn::new("sns", region, "123456789012", "alerts");
        let of = |host: &str| {
            format!("https://{host}/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem")
        };
        for (url, region, is_taken) in [
            (of("sns.eu-west-1.amazonaws.com"), "eu-west-1", true),
            (of("sns.cn-north-1.amazonaws.com.cn"), "cn-north-1", true),
            (of("sns.us-gov-west-1.amazonaws.com"), "us-gov-west-1", true),
            (of("sns.us-east-1.amazonaws.com"), "eu-west-1", false),
            (of("sns.eu-west-1.amazonaws.com.evil.example"), "eu-west-1", false),
            (of("evil.example"), "eu-west-1", false),
            (of("sns.eu-west-1.amazonaws.com@evil.example"), "eu-west-1", false),
            (of("sns.eu-west-1.amazonaws.com:8443"), "eu-west-1", false),
            (of("user@sns.eu-west-1.amazonaws.com"), "eu-west-1", false),
            // A bucket of anybody's.
            (of("sns-certificates.s3.amazonaws.com"), "eu-west-1", false),
            (of("sns.eu-west-1.amazonaws.com").replace("https", "http"), "eu-west-1", false),
            ("https://sns.eu-west-1.amazonaws.com/other.pem".to_owned(), "eu-west-1", false),
            (
                "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a/../b.pem".to_owned(),
                "eu-west-1",
                false,
            ),
            (
                "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem?b=.pem".to_owned(),
                "eu-west-1",
                false,
            ),
            (
                "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-.pem".to_owned(),
                "eu-west-1",
                false,
            ),
            (String::new(), "eu-west-1", false),
        ] {
            assert_eq!(path(&url, &topic(region)).is_some(), is_taken, "{url} {region}");
        }
        let elsewhere: Arn = "arn:aws:sns:evil.example/:123456789012:alerts".parse().unwrap();
        assert_eq!(path(&of("sns.evil.example/.amazonaws.com"), &elsewhere), None);
    }
}
