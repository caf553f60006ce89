"""Lists the resources that a model's call needs permission for: model, inference profile, guardrail.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html and guardrails-permissions-id.html
"""

# Of the Regions that a profile may send a request to, only the one that is called is checked.
_GEOGRAPHIES = frozenset({"apac", "au", "ca", "eu", "global", "jp", "sa", "uk", "us", "us-gov"})


def model_resources(model: str, region: str, account: str) -> list[str]:
    """ARNs, all of which the caller needs `bedrock:InvokeModel` on."""
    if model.startswith("arn:"):
        kind, _, profile = model.split(":", 5)[-1].partition("/")
        if kind != "inference-profile":
            return [model]
        return [model, *_models_of(profile, region)]
    geography = model.partition(".")[0]
    if geography not in _GEOGRAPHIES:
        return [_foundation_model(model, region)]
    return [f"arn:aws:bedrock:{region}:{account}:inference-profile/{model}", *_models_of(model, region)]


def guardrail_resource(identifier: str, region: str, account: str) -> str:
    return identifier if identifier.startswith("arn:") else f"arn:aws:bedrock:{region}:{account}:guardrail/{identifier}"


def _models_of(profile: str, region: str) -> list[str]:
    geography, _, model = profile.partition(".")
    regions = [region, ""] if geography == "global" else [region]
    return [_foundation_model(model, one) for one in regions]


def _foundation_model(model: str, region: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"
