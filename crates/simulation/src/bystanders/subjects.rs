//! Chooses the resource that a bystander changes: the first at its place that can be changed in its way.

use std::collections::BTreeSet;

use common::{Arn, Observed, ResourceKind, Signal};

use super::{BystanderKind, Place, SkipReason, configuration};
use crate::{
    Recording,
    neighbourhood::{application, callees, members, symptom_components},
};

/// The name of what is made up, where the application has nothing else of the kind.
const MADE_UP: &str = "month-end-export";

/// The resource that a bystander changes.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) resource: Arn,
    /// The function that reads the parameter.
    pub(super) reader: Option<Arn>,
    pub(super) application: Option<String>,
}

pub(super) fn subject(
    recording: &Recording,
    signal: &Signal,
    accused: &BTreeSet<Arn>,
    kind: BystanderKind,
    place: Place,
) -> Result<Subject, SkipReason> {
    let application = application(recording);
    if kind == BystanderKind::InstanceStop && place != Place::Elsewhere {
        // An instance that others depend on, or that the event is about, is missed when it stops.
        return Err(SkipReason::NotHarmless);
    }
    if place == Place::Elsewhere && application.is_none() {
        return Err(SkipReason::NoApplication);
    }
    let mut reason = SkipReason::NoSuchResource;
    for component in components(recording, signal, application.as_deref(), place) {
        match changeable(recording, signal, &component, kind, application.as_deref()) {
            Ok((resource, _)) if is_accused(&resource, accused) => {
                reason = reason.max(SkipReason::IsTheCause);
            }
            Ok((resource, reader)) => return Ok(Subject { resource, reader, application }),
            Err(found) => reason = reason.max(found),
        }
    }
    match (place, &application) {
        (Place::Elsewhere, Some(name)) => made_up(recording, signal, kind, name),
        _ => Err(reason),
    }
}

fn is_accused(resource: &Arn, accused: &BTreeSet<Arn>) -> bool {
    accused.contains(&resource.component())
}

fn components(recording: &Recording, signal: &Signal, application: Option<&str>, place: Place) -> Vec<Arn> {
    let own = symptom_components(signal);
    match place {
        Place::Symptom => own,
        Place::Callee => callees(recording, &own),
        Place::Elsewhere => {
            let near: BTreeSet<Arn> = callees(recording, &own).into_iter().chain(own).collect();
            let members = application.map(|name| members(recording, name)).unwrap_or_default();
            members.into_iter().filter(|arn| !near.contains(arn)).collect()
        }
    }
}

/// Returns what of `component` such a change changes, and who reads it.
fn changeable(
    recording: &Recording,
    signal: &Signal,
    component: &Arn,
    kind: BystanderKind,
    application: Option<&str>,
) -> Result<(Arn, Option<Arn>), SkipReason> {
    use ResourceKind::{Function, Service};
    if !component.is_of(&signal.account, &signal.region) {
        return Err(SkipReason::OfAnotherAccount);
    }
    let changed = match (kind, component.kind()) {
        (BystanderKind::AliasMove | BystanderKind::Rollback, Function { .. }) => alias(recording, component)?,
        (BystanderKind::ServiceUpdate | BystanderKind::Rollback, Service { .. }) => {
            service(recording, component)?
        }
        (BystanderKind::ParameterWrite, Function { name }) => {
            let parameter = read_parameter(recording, component)
                .or_else(|| made_up_parameter(component, application.unwrap_or(&name), &name));
            return parameter
                .map(|parameter| (parameter, Some(component.clone())))
                .ok_or(SkipReason::NoSuchResource);
        }
        (BystanderKind::ConfigurationChange, _) if configuration::change(component).is_some() => {
            component.clone()
        }
        _ => return Err(SkipReason::NoSuchResource),
    };
    Ok((changed, None))
}

/// The function's alias; one called `live` where the recording has none.
fn alias(recording: &Recording, function: &Arn) -> Result<Arn, SkipReason> {
    let recorded = recording.resources.by_arn.iter().find_map(|(arn, recorded)| match &recorded.state {
        Some(Observed::Alias { state }) if arn.component() == *function => Some((arn, state)),
        _ => None,
    });
    match recorded {
        Some((_, state)) if state.weighted => Err(SkipReason::IsUnderChange),
        // `$LATEST` has no version before it.
        Some((_, state)) if state.version.parse::<u64>().is_err() => Err(SkipReason::NoSuchResource),
        Some((arn, _)) => Ok(arn.clone()),
        None => format!("{function}:live").parse().map_err(|_| SkipReason::NoSuchResource),
    }
}

fn service(recording: &Recording, service: &Arn) -> Result<Arn, SkipReason> {
    match recording.resources.by_arn.get(service).and_then(|recorded| recorded.state.as_ref()) {
        Some(Observed::Service { state }) if state.rollout_state != "COMPLETED" => {
            Err(SkipReason::IsUnderChange)
        }
        _ => Ok(service.clone()),
    }
}

/// The first parameter that the function or one of its aliases reads.
fn read_parameter(recording: &Recording, function: &Arn) -> Option<Arn> {
    let of_it = recording.resources.by_arn.iter().filter(|(arn, _)| arn.component() == *function);
    of_it.flat_map(|(_, recorded)| &recorded.reads).min().cloned()
}

fn made_up_parameter(component: &Arn, application: &str, name: &str) -> Option<Arn> {
    let resource = format!("parameter/{application}/{name}/page-size");
    beside(component, "ssm", &resource)
}

/// A resource in the same account and region.
fn beside(arn: &Arn, service: &str, resource: &str) -> Option<Arn> {
    let (partition, region, account) = (arn.partition(), arn.region(), arn.account());
    format!("arn:{partition}:{service}:{region}:{account}:{resource}").parse().ok()
}

/// A resource of the application that the recording does not have.
fn made_up(
    recording: &Recording,
    signal: &Signal,
    kind: BystanderKind,
    application: &str,
) -> Result<Subject, SkipReason> {
    let resource = match kind {
        BystanderKind::AliasMove | BystanderKind::Rollback => format!("function:{MADE_UP}:live"),
        BystanderKind::ConfigurationChange => format!("function:{MADE_UP}"),
        BystanderKind::ParameterWrite => format!("parameter/{application}/{MADE_UP}/page-size"),
        BystanderKind::ServiceUpdate => format!("service/{application}/{MADE_UP}"),
        BystanderKind::InstanceStop => "instance/i-0b7d3e91c52f8a604".to_owned(),
    };
    let service = match kind {
        BystanderKind::AliasMove | BystanderKind::Rollback | BystanderKind::ConfigurationChange => "lambda",
        BystanderKind::ParameterWrite => "ssm",
        BystanderKind::ServiceUpdate => "ecs",
        BystanderKind::InstanceStop => "ec2",
    };
    let resource = Arn::new(service, &signal.region, &signal.account, &resource);
    if recording.resources.by_arn.contains_key(&resource) {
        return Err(SkipReason::NoSuchResource);
    }
    Ok(Subject { resource, reader: None, application: Some(application.to_owned()) })
}
