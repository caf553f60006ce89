//! Selects the parts of a request that not every model takes.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extras {
    /// True if the model takes cache points, which let the service cache the beginning of a request: Claude and
    /// Nova.
    pub(super) cache_points: bool,
    /// True if the model takes a temperature. Claude takes none from Opus 4.7 on.
    pub(super) temperature: bool,
}

impl Extras {
    pub(super) const ALL: Self = Self { cache_points: true, temperature: true };

    /// Returns the parts left to ask with where the model refused one of them; `None` where it refused, or
    /// failed at, something else. Bedrock says which in words only, and an application's inference
    /// profile does not say which model it is, so the words have to do.
    pub(super) fn after_refusal(self, code: &str, message: &str) -> Option<Self> {
        if !matches!(code, "ValidationException" | "AccessDeniedException") {
            return None;
        }
        let message = message.to_ascii_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if self.cache_points && names(&["prompt caching", "cachepoint", "cache_control"]) {
            return Some(Self { cache_points: false, ..self });
        }
        (self.temperature && names(&["temperature"])).then_some(Self { temperature: false, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_leaves_what_it_was_not_about() {
        let caching = "You invoked an unsupported model or your request did not allow prompt caching. See the \
                       documentation for more information.";
        let nova =
            "Malformed input request: #/toolConfig/tools/2: extraneous key [cachePoint] is not permitted";
        let temperature =
            "The model returned the following errors: `temperature` is deprecated for this model.";
        let (all, cacheless) = (Extras::ALL, Extras { cache_points: false, temperature: true });
        let none = Extras { cache_points: false, temperature: false };
        for (extras, code, message, expected) in [
            (all, "AccessDeniedException", caching, Some(cacheless)),
            (all, "ValidationException", nova, Some(cacheless)),
            (
                all,
                "ValidationException",
                temperature,
                Some(Extras { cache_points: true, temperature: false }),
            ),
            (cacheless, "ValidationException", temperature, Some(none)),
            (cacheless, "AccessDeniedException", caching, None),
            (none, "ValidationException", temperature, None),
            (all, "ThrottlingException", temperature, None),
            (all, "ValidationException", "Input is too long for requested model.", None),
            (all, "AccessDeniedException", "You don't have access to the model.", None),
        ] {
            assert_eq!(extras.after_refusal(code, message), expected, "{code} {message}");
        }
    }
}
