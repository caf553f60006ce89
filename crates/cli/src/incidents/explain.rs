//! `nightshift policy explain` tells why the policies decided on a plan as they did, and what would have to be otherwise
//! for another decision.

use common::{Decision, Hypothesis, Verdict};
use serde::Serialize;

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::{Format, PlanArgs},
    failure::Failure,
    incidents::{
        check::{Check, about_cause, about_target},
        find,
        show::{Action, Report, gathered},
    },
    output::plain::{hanging, line, wrapped},
};

/// The explanation; its form is a contract.
#[derive(Debug, Serialize)]
struct Explanation {
    incident_id: String,
    plan_hash: String,
    plan: String,
    decision: Decision,
    mode: String,
    cause: Option<Cause>,
    questions: Vec<Check>,
    because: Vec<String>,
    /// Empty where it runs unattended, or where only an approval lets it run.
    would_run_unattended_if: Vec<String>,
    always_needs_approval: bool,
}

#[derive(Debug, Serialize)]
struct Cause {
    sentence: String,
    confidence: f64,
}

pub(crate) async fn run(stack: &str, args: &PlanArgs, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let incident = find::incident(&store, &args.incident).await?;
    let report = gathered(&store, incident).await?;
    let action = chosen(&report, args)?;
    let explanation = explained(&report, action)?;
    Ok(Answer::formatted(format, &explanation, || for_people(&report, &explanation)))
}

/// Returns the plan that is meant, else the last one that was judged.
fn chosen<'r>(report: &'r Report, args: &PlanArgs) -> Result<&'r Action, Failure> {
    let id = report.incident.id;
    let mut judged = report.actions.iter().filter(|action| !action.verdicts.is_empty());
    match &args.plan {
        Some(plan) => judged.find(|action| plan.matches_plan(&action.plan_hash)).ok_or_else(|| {
            Failure::Input(format!("no plan {} of incident {id} was judged: see `nightshift show {id}`", plan.as_str()))
        }),
        None => judged.next_back().ok_or_else(|| {
            Failure::Operation(format!(
                "no plan of incident {id} was judged, because its diagnosis proposed none: see `nightshift show {id}`"
            ))
        }),
    }
}

fn explained(report: &Report, action: &Action) -> Result<Explanation, Failure> {
    let last = action.verdicts.last().map(|judged| &judged.verdict);
    let verdict = last.ok_or_else(|| Failure::Operation("the plan was not judged".to_owned()))?;
    let hypothesis = hypothesis(report, action);
    let causality = hypothesis.and_then(|hypothesis| hypothesis.causality.as_ref());
    let mut questions: Vec<Check> = causality.map(about_cause).unwrap_or_default();
    questions.extend(about_target(&verdict.facts));
    let met_if: Vec<Option<String>> = verdict.unmet.iter().map(guard::met_if).collect();
    Ok(Explanation {
        incident_id: report.incident.id.to_string(),
        plan_hash: action.plan_hash.to_string(),
        plan: action.summary.clone(),
        decision: verdict.decision,
        mode: verdict.mode.to_string(),
        cause: hypothesis.map(|one| Cause { sentence: one.cause.clone(), confidence: one.confidence }),
        questions,
        because: because(verdict),
        always_needs_approval: met_if.iter().any(Option::is_none),
        would_run_unattended_if: met_if.into_iter().flatten().collect(),
    })
}

/// Returns the hypothesis that the plan was made of, from the last diagnosis that has it.
fn hypothesis<'r>(report: &'r Report, action: &Action) -> Option<&'r Hypothesis> {
    let plan = action.plan.as_ref()?;
    let mut all = report.diagnoses.iter().rev().flat_map(|diagnosis| &diagnosis.hypotheses);
    all.find(|one| {
        one.proposal.as_ref().is_some_and(|it| it.action == plan.action && it.target == plan.target)
    })
}

fn because(verdict: &Verdict) -> Vec<String> {
    if verdict.unmet.is_empty() {
        let all = verdict.policies.iter();
        return all.map(|policy| format!("{} ({})", policy.why.trim_end_matches('.'), policy.id)).collect();
    }
    verdict.unmet.iter().map(ToString::to_string).collect()
}

fn for_people(report: &Report, it: &Explanation) -> String {
    let mut text = line(&format!("{}  {}", report.incident.id, report.incident.signal.title));
    text.push('\n');
    let short = it.plan_hash.get(..12).unwrap_or(&it.plan_hash);
    text.push_str(&hanging(&format!("{short}  "), &it.plan, 0, 14));
    text.push_str(&hanging("decision    ", &format!("{}, mode {}", it.decision.as_str(), it.mode), 0, 12));
    text.push_str("\nIS IT THE CAUSE?\n");
    if let Some(cause) = &it.cause {
        let percent = (cause.confidence * 100.0).floor();
        text.push_str(&wrapped(&format!("{} ({percent:.0} %)", cause.sentence), 2));
    }
    for question in &it.questions {
        text.push_str(&question.line(2));
    }
    text.push_str(match it.decision {
        Decision::Allow => "\nWHY IT RUNS UNATTENDED\n",
        Decision::Ask => "\nWHY IT ASKS\n",
        Decision::Deny => "\nWHY IT IS DENIED\n",
    });
    for reason in &it.because {
        text.push_str(&hanging("- ", reason, 2, 4));
    }
    match it.decision {
        Decision::Allow => {}
        Decision::Deny => text.push_str("\nNo approval changes that: another plan, or other facts, would.\n"),
        Decision::Ask if it.always_needs_approval => {
            text.push_str("\nIt always needs an approval.\n");
        }
        Decision::Ask => {
            text.push_str("\nIT WOULD RUN UNATTENDED IF ALL OF THIS HELD\n");
            for change in &it.would_run_unattended_if {
                text.push_str(&hanging("- ", change, 2, 4));
            }
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use common::{Mode, UnmetCondition};
    use fakes::sample_evidence;
    use guard::Facts;

    use super::*;
    use crate::{incidents::show::test_incident, output::plain::WIDTH};

    /// A stored incident whose plan got this verdict.
    async fn judged(decision: Decision, facts: &Facts, unmet: Vec<UnmetCondition>) -> Report {
        let mut report = test_incident::gathered().await;
        report.diagnoses[0].hypotheses[0].causality = Some(sample_evidence::clear_cause());
        let verdict = &mut report.actions[0].verdicts[0].verdict;
        *verdict = Verdict {
            decision,
            mode: Mode::Autonomous,
            facts: serde_json::to_value(facts).unwrap(),
            unmet,
            ..verdict.clone()
        };
        report
    }

    fn text(report: &Report) -> String {
        for_people(report, &explained(report, &report.actions[0]).unwrap())
    }

    fn args(plan: Option<&str>) -> PlanArgs {
        PlanArgs { incident: "latest".parse().unwrap(), plan: plan.map(|plan| plan.parse().unwrap()) }
    }

    #[tokio::test]
    async fn explained_plan_that_asks_tells_each_question_in_a_line_and_what_would_change_it() {
        let facts = Facts { habit: None, same_action_on_target_today: 2, ..Facts::nothing_against() };
        let unmet = vec![
            UnmetCondition::ConfidenceBelowThreshold { confidence_percent: 65, threshold_percent: 70 },
            UnmetCondition::Policy { policy: "rival-near".to_owned(), because: "another is near".to_owned() },
        ];
        let report = judged(Decision::Ask, &facts, unmet).await;
        let text = text(&report);
        for said in [
            "decision    ask, mode autonomous",
            "/petshop/limit was overwritten",
            "(92 %)",
            "✓ order",
            "✓ way",
            "✓ alibi",
            "✓ difference",
            "✓ rival",
            "? earlier",
            "? intent",
            "not known: habit",
            "- confidence 65 % is below the 70 % for acting without approval",
            "- another is near",
            "- the confidence were 70 % or more",
            "- the next cause were at least 20 % behind",
        ] {
            assert!(text.contains(said), "{said}:\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[tokio::test]
    async fn explained_what_only_an_approval_permits_and_what_nothing_permits_say_so() {
        let tier_3 = UnmetCondition::Tier3NeedsApproval { action: "rollback-ecs-service".parse().unwrap() };
        let facts = Facts::nothing_against();
        let asked = text(&judged(Decision::Ask, &facts, vec![tier_3]).await);
        assert!(asked.ends_with("It always needs an approval."), "{asked}");
        let denied = text(&judged(Decision::Deny, &facts, vec![]).await);
        assert!(denied.contains("WHY IT IS DENIED\n  - In supervised mode every action asks"), "{denied}");
        let allowed = text(&judged(Decision::Allow, &facts, vec![]).await);
        assert!(allowed.contains("✓ earlier") && allowed.contains("✓ intent"), "{allowed}");
        assert!(!allowed.contains("WOULD RUN"), "{allowed}");
    }

    #[tokio::test]
    async fn chosen_plan_is_the_last_judged_one_or_the_one_that_is_named() {
        let report = judged(Decision::Ask, &Facts::nothing_against(), vec![]).await;
        let hash = report.actions[0].plan_hash.to_string();
        for plan in [None, Some(&hash[..12])] {
            assert_eq!(chosen(&report, &args(plan)).unwrap().plan_hash.to_string(), hash);
        }
        assert_eq!(chosen(&report, &args(Some("00000000"))).unwrap_err().exit_code(), 2);
        let nothing = Report { actions: Vec::new(), ..report };
        assert_eq!(chosen(&nothing, &args(None)).unwrap_err().exit_code(), 1);
    }
}
