//! `nightshift topology` shows which resources depend on which: as Nightshift stored it, or read anew with the
//! caller's permissions.

mod dot;
mod drawn;
mod mermaid;
mod read;
mod tree;

use aws::{Clients, connections::AwsConnections, topology::TaggedResources, traces::XRay};
use common::{
    ports::{Topology as _, TopologyCache as _},
    topology::TopologyMap,
};
use jiff::{SignedDuration, Timestamp};

use self::drawn::{Drawn, Origin};
use crate::{
    Answer,
    account::{
        caller, session,
        stack::{DEFAULT_APPLICATION_TAG, Stack},
    },
    arguments::{Drawing, Format, TopologyArgs},
    failure::Failure,
};

pub(crate) async fn run(stack: &str, choice: &TopologyArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let deployment = deployment(Stack::find(&config, stack).await, choice.fresh)?;
    let tag = deployment.as_ref().map_or(DEFAULT_APPLICATION_TAG, Stack::application_tag);
    let clients = Clients::new(&config);
    let tagged = TaggedResources::from_clients(&clients, tag);
    let application = match (&choice.application, &choice.resource) {
        (Some(application), _) => Some(application.clone()),
        (None, Some(resource)) => tagged.application_of(std::slice::from_ref(resource)).await?.value,
        (None, None) => None,
    };
    let kept = match (&application, &deployment) {
        (Some(application), Some(deployment)) if !choice.fresh => {
            deployment.store(&config)?.topology(application).await?
        }
        _ => None,
    };
    let now = Timestamp::now();
    let answer = kept.filter(|map| is_answer(map, choice, now));
    let origin = if answer.is_some() { Origin::Kept } else { Origin::Now };
    let map = if let Some(map) = answer {
        map
    } else {
        let caller = caller::identify(&config).await?;
        let account = read::Account {
            topology: tagged,
            traces: XRay::from_clients(&clients),
            connections: AwsConnections::from_clients(&clients),
        };
        let asked = read::TopologyRequest {
            account: &caller.account,
            region: &caller.region,
            application: application.as_deref(),
            resource: choice.resource.as_ref(),
            tag,
        };
        read::anew(&account, &asked, now).await?
    };
    let drawn = Drawn::new(map, application, choice.resource.as_ref(), origin, now);
    Ok(Answer::success(text(&drawn, choice.drawing, format)))
}

/// Accepts a missing deployment where the account is read anew.
fn deployment(found: Result<Stack, Failure>, fresh: bool) -> Result<Option<Stack>, Failure> {
    match found {
        Ok(stack) => Ok(Some(stack)),
        Err(Failure::Input(_)) if fresh => Ok(None),
        Err(Failure::Input(missing)) => {
            Err(Failure::Input(format!("{missing}; or use --fresh to read the account without a deployment")))
        }
        Err(failure) => Err(failure),
    }
}

/// A stored map answers while it is young enough and contains the resource in question.
fn is_answer(map: &TopologyMap, choice: &TopologyArgs, now: Timestamp) -> bool {
    let young = map.age(now) <= SignedDuration::from_mins(i64::from(choice.max_age));
    let knows = choice
        .resource
        .as_ref()
        .is_none_or(|resource| map.ids_of(resource).iter().any(|id| map.component(id).is_some()));
    young && knows
}

fn text(drawn: &Drawn, drawing: Option<Drawing>, format: Format) -> String {
    match (drawing, format) {
        (Some(Drawing::Tree), _) | (None, Format::Table) => tree::tree(drawn),
        (Some(Drawing::Dot), _) => dot::dot(drawn),
        (Some(Drawing::Mermaid), _) => mermaid::mermaid(drawn),
        (Some(Drawing::Json), _) | (None, Format::Json) => drawn.json(),
    }
}

#[cfg(test)]
mod tests {
    use fakes::sample;

    use super::*;
    use crate::account::topology::drawn::sample::map;

    fn choice(max_age: u32, resource: Option<common::Arn>) -> TopologyArgs {
        TopologyArgs { application: None, resource, drawing: None, fresh: false, max_age }
    }

    #[test]
    fn is_answer_only_while_it_is_young_and_knows_what_is_asked() {
        let at = |minutes| sample::at() + SignedDuration::from_mins(minutes);
        assert!(is_answer(&map(), &choice(60, None), at(60)));
        assert!(!is_answer(&map(), &choice(60, None), at(61)));
        let known = sample::arn("lambda", "function:checkout:live");
        assert!(is_answer(&map(), &choice(60, Some(known)), at(0)));
        let unknown = sample::arn("lambda", "function:other");
        assert!(!is_answer(&map(), &choice(60, Some(unknown)), at(0)));
    }

    #[test]
    fn deployment_that_is_missing_is_no_hindrance_to_reading_anew() {
        let missing = || Err(Failure::Input("there is no stack".to_owned()));
        assert!(deployment(missing(), true).unwrap().is_none());
        let failure = deployment(missing(), false).unwrap_err();
        assert!(failure.exit_code() == 2 && failure.to_string().contains("--fresh"), "{failure}");
        assert!(deployment(Err(Failure::Operation("denied".to_owned())), true).is_err());
    }

    #[test]
    fn text_is_what_was_asked_for_and_otherwise_the_formats_own() {
        let drawn = Drawn::new(map(), None, None, Origin::Now, sample::at());
        for (drawing, format, beginning) in [
            (None, Format::Table, "Account: "),
            (None, Format::Json, "{"),
            (Some(Drawing::Tree), Format::Json, "Account: "),
            (Some(Drawing::Dot), Format::Table, "// Account: "),
            (Some(Drawing::Mermaid), Format::Table, "%% Account: "),
            (Some(Drawing::Json), Format::Table, "{"),
        ] {
            let text = text(&drawn, drawing, format);
            assert!(text.starts_with(beginning), "{drawing:?}: {text}");
        }
    }
}
