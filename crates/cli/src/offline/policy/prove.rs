//! `nightshift policy prove` proves invariants of policies over all requests.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use policy_proof::{
    Counterexample, Outcome, Proof, SHIPPED_INVARIANTS, parse_invariants, prove as prove_all,
};
use serde::Serialize;

use super::{
    files::{INVARIANTS, files, guard_of},
    request_text::{UNLISTED, facts, permitted_by},
    solver,
};
use crate::{Answer, arguments::Format, failure::Failure};

/// The result of all invariants; its form is a contract.
#[derive(Debug, Serialize)]
struct ProveJson<'a> {
    invariants: Vec<InvariantJson<'a>>,
    proved: usize,
    refuted: usize,
    vacuous: usize,
    unknown: usize,
    actions: usize,
    solver: &'a str,
    elapsed_ms: u128,
}

#[derive(Debug, Serialize)]
struct InvariantJson<'a> {
    id: &'a str,
    claim: &'a str,
    file: &'a str,
    line: usize,
    result: &'static str,
    /// `null` but where the result is `unknown`.
    reason: Option<&'a str>,
    /// `null` but where the result is `refuted`.
    counterexample: Option<&'a Counterexample>,
}

/// Proves the invariants beside the policies of `dir`, or those of the default policies.
pub(crate) async fn run(dir: Option<&Path>, limit: Duration, format: Format) -> Result<Answer, Failure> {
    let guard = guard_of(dir)?;
    let texts = match dir {
        None => {
            let (file, text) = SHIPPED_INVARIANTS;
            vec![(file.to_owned(), text.to_owned())]
        }
        Some(dir) => files(dir, INVARIANTS)?,
    };
    let schema = guard.policies().schema();
    let invariants = parse_invariants(&texts, schema).map_err(|error| Failure::Input(error.to_string()))?;
    let solver = solver::find().await?;
    let started = Instant::now();
    let proofs = prove_all(&guard, &invariants, &solver, limit).await.map_err(solver::failure)?;
    let elapsed_ms = started.elapsed().as_millis();
    let answer = answer(&proofs, schema.request_envs().count(), solver.version(), elapsed_ms);
    let success = answer.proved == answer.invariants.len();
    Ok(Answer { success, ..Answer::formatted(format, &answer, || people(&answer)) })
}

fn answer<'a>(proofs: &'a [Proof<'a>], actions: usize, solver: &'a str, elapsed_ms: u128) -> ProveJson<'a> {
    let invariants: Vec<_> = proofs.iter().map(invariant).collect();
    let count = |result: &str| invariants.iter().filter(|one| one.result == result).count();
    ProveJson {
        proved: count("proved"),
        refuted: count("refuted"),
        vacuous: count("vacuous"),
        unknown: count("unknown"),
        invariants,
        actions,
        solver,
        elapsed_ms,
    }
}

fn invariant<'a>(proof: &'a Proof<'a>) -> InvariantJson<'a> {
    let (result, reason, counterexample) = match &proof.outcome {
        Outcome::Proved => ("proved", None, None),
        Outcome::Refuted(request) => ("refuted", None, Some(request)),
        Outcome::Vacuous => ("vacuous", None, None),
        Outcome::Unknown(reason) => ("unknown", Some(reason.as_str()), None),
    };
    let invariant = proof.invariant;
    InvariantJson {
        id: &invariant.id,
        claim: &invariant.claim,
        file: &invariant.file,
        line: invariant.line,
        result,
        reason,
        counterexample,
    }
}

fn people(answer: &ProveJson<'_>) -> String {
    let mut text = String::new();
    for one in &answer.invariants {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<8} {}: {}", one.result, one.id, one.claim);
        if let Some(request) = one.counterexample {
            let by = permitted_by(request);
            let _ = write!(text, "  {} is allowed, {by}, where\n{}", request.action, facts(request, "    "));
        } else if let Some(reason) = one.reason {
            let _ = writeln!(text, "  {reason}");
        } else if one.result == "vacuous" {
            let at = format!("{}:{}", one.file, one.line);
            let _ =
                writeln!(text, "  no request meets never_allow_when ({at}), so it says nothing: correct it");
        }
    }
    if answer.refuted > 0 {
        let _ = writeln!(text, "{UNLISTED}");
    }
    let all = answer.invariants.len();
    let _ = write!(
        text,
        "{all} {}: {} proved, {} refuted, {} vacuous, {} unknown; over all requests of {} actions, in {:.1} s ({})",
        if all == 1 { "invariant" } else { "invariants" },
        answer.proved,
        answer.refuted,
        answer.vacuous,
        answer.unknown,
        answer.actions,
        Duration::from_millis(u64::try_from(answer.elapsed_ms).unwrap_or(u64::MAX)).as_secs_f64(),
        answer.solver,
    );
    text
}

#[cfg(test)]
mod tests {
    use guard::Guard;

    use super::*;

    const TEXT: &str = "
[[invariant]]
id = \"drill\"
claim = \"A drill never runs.\"
never_allow_when = 'context.drill'

[[invariant]]
id = \"other\"
claim = \"Nothing else either.\"
never_allow_when = 'context.drill && !context.drill'
";

    #[test]
    fn people_are_told_a_line_an_invariant_and_the_request_that_breaks_it() {
        let guard = Guard::shipped().unwrap();
        let texts = [("mine.invariants.toml".to_owned(), TEXT.to_owned())];
        let invariants = parse_invariants(&texts, guard.policies().schema()).unwrap();
        let request = Counterexample {
            action: "start-instance".to_owned(),
            permitted_by: vec!["approved-by-a-human".to_owned()],
            facts: [("approved".to_owned(), true.into()), ("drill".to_owned(), true.into())].into(),
        };
        let outcomes = [
            (0, Outcome::Proved),
            (0, Outcome::Refuted(request)),
            (1, Outcome::Vacuous),
            (1, Outcome::Unknown("the solver found no answer within 60 s".to_owned())),
        ];
        let proofs: Vec<_> =
            outcomes.into_iter().map(|(at, outcome)| Proof { invariant: &invariants[at], outcome }).collect();
        let answer = answer(&proofs, 5, "cvc5 1.4.2", 1234);
        let expected = "\
proved   drill: A drill never runs.
refuted  drill: A drill never runs.
  start-instance is allowed, permitted by approved-by-a-human, where
    approved = true
    drill = true
vacuous  other: Nothing else either.
  no request meets never_allow_when (mine.invariants.toml:7), so it says nothing: correct it
unknown  other: Nothing else either.
  the solver found no answer within 60 s
Facts that are not listed have values that do not speak against acting, as in tables of cases.
4 invariants: 1 proved, 1 refuted, 1 vacuous, 1 unknown; over all requests of 5 actions, in 1.2 s (cvc5 1.4.2)";
        assert_eq!(people(&answer), expected);
        let json = serde_json::to_value(&answer).unwrap();
        assert_eq!(json["invariants"][1]["counterexample"]["facts"]["drill"], true);
        assert_eq!((&json["invariants"][3]["result"], &json["proved"]), (&"unknown".into(), &1.into()));
    }
}
