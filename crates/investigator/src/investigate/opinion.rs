//! Builds the opinion that an investigation ends with.

use std::collections::BTreeMap;

use common::{
    ModelOpinion,
    reasoning::{ModelUse, ModelVerdict},
};

use crate::{answer::SubmittedDiagnosis, budget::UsageTotals, model_fault::ModelFault};

/// The opinion, with what it took; one without hypotheses where the model abstained or `result` is a fault.
pub(super) fn from_result(
    bundle: String,
    result: Result<SubmittedDiagnosis, ModelFault>,
    used: UsageTotals,
    masked: BTreeMap<String, u32>,
) -> ModelOpinion {
    let problems = used.faults.iter().map(|(fault, count)| (fault.as_str().to_owned(), *count));
    let model_use = ModelUse {
        bundle,
        verdict: ModelVerdict::Hypotheses,
        statement: None,
        requests: used.requests,
        tool_calls: used.tool_calls,
        usage: used.tokens,
        cost: used.cost,
        problems: problems.collect(),
        masked,
    };
    let evidence = used.gathered;
    match result {
        Ok(SubmittedDiagnosis { abstained: Some(reason), impact, .. }) => ModelOpinion {
            model_use: ModelUse { verdict: ModelVerdict::Abstained { reason }, ..model_use },
            hypotheses: Vec::new(),
            evidence,
            lasting_fix: None,
            impact,
        },
        Ok(SubmittedDiagnosis { abstained: None, hypotheses, impact, lasting_fix }) => {
            let statement = hypotheses.first().map(|first| first.statement.clone());
            let model_use = ModelUse { statement, ..model_use };
            ModelOpinion { model_use, hypotheses, evidence, lasting_fix, impact }
        }
        Err(fault) => {
            let reason = fault.reason().to_owned();
            ModelOpinion {
                model_use: ModelUse { verdict: ModelVerdict::Unusable { reason }, ..model_use },
                hypotheses: Vec::new(),
                evidence,
                lasting_fix: None,
                impact: None,
            }
        }
    }
}
