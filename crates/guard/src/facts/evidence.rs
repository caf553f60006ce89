//! Decides which evidence counts as structured evidence for a cause.

use common::{Arn, Evidence, EvidenceId, Observed};

/// Returns true if a piece of the evidence that supports the hypothesis is a service's own structured answer *about
/// the target itself*: its state, or a change of it. A change of something else, or the list of the application's
/// resources, is no evidence for this cause, however trusted it is.
pub fn is_structured(evidence: &[Evidence], supports: &[EvidenceId], target: &Arn) -> bool {
    evidence.iter().any(|one| one.trusted && supports.contains(&one.id) && is_about(&one.observed, target))
}

fn is_about(observed: &Observed, target: &Arn) -> bool {
    match observed {
        Observed::Change { change } => change.resource == *target,
        Observed::Parameter { state } => state.arn == *target,
        Observed::Alias { state } => state.arn == *target,
        Observed::Instance { state } => state.arn == *target,
        Observed::Service { state } => state.arn == *target,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use common::evidence::InstanceState;
    use fakes::sample;

    use super::*;

    fn evidence(observed: Observed) -> Evidence {
        Evidence::new("aws".to_owned(), sample::at(), "seen".to_owned(), observed)
    }

    fn instance(id: &str) -> Observed {
        let arn = sample::arn("ec2", &format!("instance/{id}"));
        let (id, state) = (id.to_owned(), "stopped".to_owned());
        Observed::Instance { state: InstanceState { arn, id, state, launched_at: None } }
    }

    #[test]
    fn is_structured_only_where_it_supports_and_is_about_the_target() {
        let target = sample::arn("ec2", "instance/i-1");
        let application = Observed::Application { name: "shop".to_owned(), resources: vec![target.clone()] };
        let untrusted = Evidence { trusted: false, ..evidence(instance("i-1")) };
        for (one, supports, expected) in [
            (evidence(instance("i-1")), true, true),
            (evidence(instance("i-1")), false, false),
            (evidence(instance("i-2")), true, false),
            (evidence(application), true, false),
            (untrusted, true, false),
        ] {
            let ids = if supports { vec![one.id.clone()] } else { Vec::new() };
            assert_eq!(is_structured(std::slice::from_ref(&one), &ids, &target), expected, "{one:?}");
        }
    }
}
