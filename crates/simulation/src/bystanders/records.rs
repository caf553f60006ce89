//! Writes the CloudTrail records of bystanders, in the shape in which AWS writes them.

use common::{Arn, OwnRoles, sha256_hex};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Record, Recording};

/// The actor of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A pipeline that signs in with a web identity.
    Pipeline,
    /// A person in the console.
    Person,
}

/// The fields of one CloudTrail record.
pub(crate) struct Call<'a> {
    pub(crate) actor: Actor,
    pub(crate) at: Timestamp,
    pub(crate) resource: &'a Arn,
    pub(crate) source: &'a str,
    pub(crate) event: &'a str,
    pub(crate) request: Value,
    pub(crate) response: Value,
    /// The type of the resource, where the service lists it in the record.
    pub(crate) listed_as: Option<&'a str>,
    /// The words that the ids of the record are made of.
    pub(crate) seed: &'a str,
}

impl Actor {
    /// The ARN of its session.
    pub(crate) fn arn(self, of: &Arn) -> String {
        let (role, session) = self.role_and_session();
        format!("arn:{}:sts::{}:assumed-role/{role}/{session}", of.partition(), of.account())
    }

    const fn role_and_session(self) -> (&'static str, &'static str) {
        match self {
            Self::Pipeline => ("release-runner", "GitHubActions"),
            Self::Person => ("AWSReservedSSO_Engineer_5f0c2d7e9b1a4638", "ines.moreau@example.com"),
        }
    }

    fn identity(self, of: &Arn) -> Value {
        let (role, session) = self.role_and_session();
        let (partition, account) = (of.partition(), of.account());
        let path = match self {
            Self::Pipeline => "",
            Self::Person => "aws-reserved/sso.amazonaws.com/",
        };
        let id = digits(role, 12).to_uppercase();
        let mut context = json!({
            "sessionIssuer": {
                "type": "Role",
                "principalId": format!("AROA{id}EXAMPLE"),
                "arn": format!("arn:{partition}:iam::{account}:role/{path}{role}"),
                "accountId": account,
                "userName": role,
            },
        });
        if self == Self::Pipeline
            && let Some(members) = context.as_object_mut()
        {
            let provider =
                format!("arn:{partition}:iam::{account}:oidc-provider/token.actions.githubusercontent.com");
            members.insert("webIdFederationData".to_owned(), json!({ "federatedProvider": provider }));
        }
        json!({
            "type": "AssumedRole",
            "principalId": format!("AROA{id}EXAMPLE:{session}"),
            "arn": self.arn(of),
            "accountId": account,
            "sessionContext": context,
        })
    }
}

pub(crate) fn record(call: &Call<'_>) -> Record {
    let Call { actor, at, resource, source, event, request, response, listed_as, seed } = call;
    let seed = format!("{seed}/{event}/{at}");
    let (address, agent) = match actor {
        Actor::Pipeline => ("203.0.113.64", "aws-sdk-js/3.901.0"),
        Actor::Person => ("198.51.100.23", "Mozilla/5.0"),
    };
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": actor.identity(resource),
        "eventTime": at,
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": event,
        "awsRegion": resource.region(),
        "sourceIPAddress": address,
        "userAgent": agent,
        "requestParameters": request,
        "responseElements": response,
        "requestID": uuid(&format!("{seed}/request")),
        "eventID": uuid(&seed),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": resource.account(),
        "eventCategory": "Management",
    });
    if let Some(members) = record.as_object_mut() {
        if let Some(kind) = listed_as {
            let listed = json!([{ "accountId": resource.account(), "type": kind, "ARN": resource }]);
            members.insert("resources".to_owned(), listed);
        }
        if *actor == Actor::Person {
            members.insert("sessionCredentialFromConsole".to_owned(), json!("true"));
        }
    }
    Record { at: *at, text: record.to_string() }
}

/// The time of the newest change of `resource` in the recording.
pub(crate) fn newest_change(recording: &Recording, resource: &Arn) -> Option<Timestamp> {
    let nobody = OwnRoles::default();
    let of_it = std::slice::from_ref(resource);
    let about = recording.records.iter().filter(|record| !record.changes(of_it, &nobody).is_empty());
    about.map(|record| record.at).max()
}

/// A name-based UUID in form; CloudTrail's ids have no meaning.
fn uuid(seed: &str) -> String {
    let digits = digits(seed, 32);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn digits(seed: &str, count: usize) -> String {
    let mut digits = sha256_hex(seed);
    digits.truncate(count);
    digits
}
