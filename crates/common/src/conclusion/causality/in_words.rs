//! Tells the answers to people, a line each.

use std::fmt;

use super::{Causality, Discrimination, VersionContrast};

/// One question, and what the data answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// A few words, such as `another cause`.
    pub question: &'static str,
    pub text: String,
    /// True if it speaks against the cause, or leaves it open.
    pub is_doubt: bool,
}

impl Causality {
    /// Returns the answers in the order in which the questions are asked.
    pub fn answers(&self) -> Vec<Answer> {
        let answer = |question, text: String, is_doubt| Answer { question, text, is_doubt };
        let fixed = |question, holds: bool, yes: &str, no: &str| {
            answer(question, if holds { yes } else { no }.to_owned(), !holds)
        };
        let is_a_state = self.discrimination == Some(Discrimination::StateIsTheFault);
        vec![
            if is_a_state {
                answer("order", "its state is the fault, whenever that began".to_owned(), false)
            } else {
                fixed(
                    "order",
                    self.precedes_onset,
                    "data shows that the change came before the fault began",
                    "no data shows that the change came before the fault began",
                )
            },
            fixed(
                "way",
                self.reaches_symptom,
                "the signal, a call or a read leads from the symptom to it",
                "nothing but the application's tag connects it with the symptom",
            ),
            match &self.alibi {
                None => answer(
                    "alibi",
                    "none: it is not known to have served as usual since the change".to_owned(),
                    false,
                ),
                Some(alibi) => {
                    let requests =
                        alibi.requests.map(|count| format!(", {count} requests")).unwrap_or_default();
                    let seconds = alibi.time().as_secs();
                    let delay = if alibi.may_be_delay { "; it may need so long to show" } else { "" };
                    let text = format!("it served as usual after the change ({seconds} s{requests}){delay}");
                    answer("alibi", text, true)
                }
            },
            match self.discrimination {
                Some(Discrimination::FaultBeganWithChange) => answer(
                    "difference",
                    "the fault began in the period of the change, in its own metrics".to_owned(),
                    false,
                ),
                Some(Discrimination::StateIsTheFault) => {
                    answer("difference", "its state is the fault".to_owned(), false)
                }
                Some(Discrimination::NewVersionFails(contrast)) => {
                    answer("difference", contrast.to_string(), false)
                }
                None => answer("difference", "nothing but its time sets it apart".to_owned(), true),
            },
            match &self.rival {
                None => answer("rival", "no other cause was found".to_owned(), false),
                Some(rival) => {
                    #[allow(clippy::cast_possible_truncation, reason = "clamped to 0..=100")]
                    let behind = (rival.margin.clamp(0.0, 1.0) * 100.0).floor() as i64;
                    answer("rival", format!("{} is {behind} % behind", rival.component.name()), true)
                }
            },
        ]
    }
}

impl fmt::Display for VersionContrast {
    /// `version 52 failed 203 of 207 requests since 12:06Z, version 51 none of 190 in the same periods`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { since, newer, older } = self;
        write!(
            f,
            "version {} failed {} requests since {}, version {} {} in the same periods",
            newer.version,
            newer.counts.in_words(),
            since.strftime("%H:%MZ"),
            older.version,
            older.counts.in_words(),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        alias_traffic::RequestCounts,
        causality::{Alibi, Rival, VersionCounts},
    };

    fn clear() -> Causality {
        Causality {
            precedes_onset: true,
            reaches_symptom: true,
            alibi: None,
            discrimination: Some(Discrimination::FaultBeganWithChange),
            rival: None,
            evidence: Vec::new(),
        }
    }

    fn doubts(causality: &Causality) -> Vec<String> {
        let answers = causality.answers().into_iter().filter(|answer| answer.is_doubt);
        answers.map(|answer| format!("{}: {}", answer.question, answer.text)).collect()
    }

    #[test]
    fn answers_new_version_fails_is_told_with_its_numbers() {
        let contrast = VersionContrast {
            since: "2026-11-20T12:06:00Z".parse().unwrap(),
            newer: VersionCounts { version: 52, counts: RequestCounts { requests: 207, failures: 203 } },
            older: VersionCounts { version: 51, counts: RequestCounts { requests: 190, failures: 0 } },
        };
        let found = Causality { discrimination: Some(Discrimination::NewVersionFails(contrast)), ..clear() };
        let told = found.answers().into_iter().find(|answer| answer.question == "difference").unwrap();
        assert!(!told.is_doubt);
        assert_eq!(
            told.text,
            "version 52 failed 203 of 207 requests since 12:06Z, version 51 none of 190 in the same periods"
        );
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Causality>(&json).unwrap(), found);
    }

    #[test]
    fn answers_table() {
        let alibi = Alibi { periods: 4, period_seconds: 60, requests: Some(312), may_be_delay: false };
        let rival = Rival {
            component: "arn:aws:lambda:eu-west-1:123456789012:function:prices".parse().unwrap(),
            margin: 0.199,
        };
        let not_before = Causality { precedes_onset: false, ..clear() };
        for (causality, expected) in [
            (clear(), vec![]),
            (not_before.clone(), vec!["order: no data shows that the change came before the fault began"]),
            (Causality { discrimination: Some(Discrimination::StateIsTheFault), ..not_before }, vec![]),
            (
                Causality { reaches_symptom: false, ..clear() },
                vec!["way: nothing but the application's tag connects it with the symptom"],
            ),
            (
                Causality { alibi: Some(alibi), ..clear() },
                vec!["alibi: it served as usual after the change (240 s, 312 requests)"],
            ),
            (
                Causality { alibi: Some(Alibi { requests: None, may_be_delay: true, ..alibi }), ..clear() },
                vec!["alibi: it served as usual after the change (240 s); it may need so long to show"],
            ),
            (
                Causality { discrimination: None, ..clear() },
                vec!["difference: nothing but its time sets it apart"],
            ),
            (Causality { rival: Some(rival), ..clear() }, vec!["rival: prices is 19 % behind"]),
        ] {
            assert_eq!(doubts(&causality), expected);
        }
    }

    proptest! {
        #[test]
        fn answers_each_question_once_whatever_the_margin(margin in any::<f64>(), precedes in any::<bool>()) {
            let component = "arn:aws:lambda:eu-west-1:123456789012:function:prices".parse().unwrap();
            let causality = Causality { precedes_onset: precedes, rival: Some(Rival { component, margin }), ..clear() };
            let questions: Vec<_> = causality.answers().iter().map(|answer| answer.question).collect();
            prop_assert_eq!(questions, ["order", "way", "alibi", "difference", "rival"]);
        }
    }
}
