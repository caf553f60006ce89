//! Links to the AWS console.

use common::{Arn, IncidentId, Symptom, partition::Partition};

/// Makes links to the AWS console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The incidents' state machine.
    pub state_machine_arn: Arn,
}

impl Links {
    /// Returns the link to the incident's execution: the named one, else the one with the incident's name.
    pub(crate) fn execution(&self, incident: IncidentId, named: Option<&str>) -> String {
        let named = named.and_then(|text| text.parse::<Arn>().ok()).filter(|arn| arn.service() == "states");
        let arn = named.unwrap_or_else(|| {
            let machine = self.state_machine_arn.resource().trim_start_matches("stateMachine:");
            let resource = format!("execution:{machine}:{incident}");
            Arn::new("states", self.state_machine_arn.region(), self.state_machine_arn.account(), &resource)
        });
        let region = arn.region().to_owned();
        let arn = percent_encoded(&arn.to_string());
        let console = Partition::of_region(&region).console;
        format!("https://{region}.{console}/states/home?region={region}#/v2/executions/details/{arn}")
    }

    /// Returns the link to the alarm, where the symptom is one, in the region where it happened.
    pub(crate) fn alarm(symptom: &Symptom, region: &str) -> Option<String> {
        let Symptom::Alarm { name } = symptom else { return None };
        let (name, console) = (percent_encoded(name), Partition::of_region(region).console);
        // The form that CloudWatch's own mails use.
        Some(format!(
            "https://{region}.{console}/cloudwatch/deeplink.js?region={region}#alarmsV2:alarm/{name}"
        ))
    }
}

/// Encodes all but letters, digits and `-._~:` as `%` and hexadecimal digits, after RFC 3986. The colon, of which
/// ARNs are full, is allowed in a fragment.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INCIDENT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn links(region: &str) -> Links {
        let machine = Arn::new("states", region, "123456789012", "stateMachine:nightshift-incident");
        Links { state_machine_arn: machine }
    }

    #[test]
    fn execution_table() {
        for (region, domain, partition) in [
            ("eu-west-1", "eu-west-1.console.aws.amazon.com", "aws"),
            ("cn-north-1", "cn-north-1.console.amazonaws.cn", "aws-cn"),
            ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com", "aws-us-gov"),
            ("eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu", "aws-eusc"),
        ] {
            assert_eq!(
                links(region).execution(INCIDENT.parse().unwrap(), None),
                format!(
                    "https://{domain}/states/home?region={region}#/v2/executions/details/\
                     arn:{partition}:states:{region}:123456789012:execution:nightshift-incident:{INCIDENT}"
                )
            );
        }
    }

    #[test]
    fn execution_that_is_named_is_used_unless_it_is_none() {
        let execution = |named| links("eu-west-1").execution(INCIDENT.parse().unwrap(), Some(named));
        let other = "arn:aws:states:us-east-1:123456789012:execution:m:other";
        assert!(execution(other).ends_with(other) && execution(other).contains("region=us-east-1"));
        assert!(execution("javascript:alert(1)").ends_with(INCIDENT));
        assert!(execution("arn:aws:s3:::bucket").ends_with(INCIDENT));
    }

    proptest! {
        #[test]
        fn alarm_link_of_any_name_is_one_plain_word(name in any::<String>()) {
            let link = Links::alarm(&Symptom::Alarm { name }, "eu-west-1").unwrap();
            prop_assert!(link.bytes().all(|b| b.is_ascii_graphic()));
            prop_assert_eq!(link.matches('#').count(), 1);
        }
    }
}
