"""The chain behind petshop's front page: the storefront calls recommendations, which call the catalogue.

Each function may do what it does and no more, tells X-Ray about itself, and fails when the one that it calls fails.
"""

from local_aws import LocalAws

from workload.function import ALIAS, Function
from workload.tags import UPPERCASE_TAGS

STOREFRONT = "petshop-storefront"
RECOMMENDATIONS = "petshop-recommendations"
CATALOGUE = "petshop-catalogue"
PAGE_SIZE = "/petshop/recommendations/page-size"
_MODULES = ("tracing.py",)


def storefront_functions(aws: LocalAws) -> list[Function]:
    """Their roles and the parameter are there then; the functions are still to be created."""
    aws.client("ssm").put_parameter(
        Name=PAGE_SIZE, Value="2", Type="String", Description="How many pets are recommended.", Tags=UPPERCASE_TAGS
    )
    page_size_arn = f"arn:aws:ssm:{aws.region}:{aws.account}:parameter{PAGE_SIZE}"
    recommends = [_may_call(aws, CATALOGUE), _statement("ssm:GetParameter", page_size_arn)]
    settings = {"CATALOGUE": CATALOGUE, "PAGE_SIZE_PARAMETER": PAGE_SIZE}
    return [
        Function(
            CATALOGUE,
            _role(aws, CATALOGUE, []),
            "catalogue_v1.py",
            {},
            _MODULES,
            next_source="catalogue_v2.py",
            next_description="Prices by currency",
        ),
        Function(RECOMMENDATIONS, _role(aws, RECOMMENDATIONS, recommends), "recommendations.py", settings, _MODULES),
        Function(
            STOREFRONT,
            _role(aws, STOREFRONT, [_may_call(aws, RECOMMENDATIONS)]),
            "storefront.py",
            {"RECOMMENDATIONS": RECOMMENDATIONS},
            _MODULES,
        ),
    ]


def _role(aws: LocalAws, name: str, statements: list[dict]) -> str:
    log_group = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/aws/lambda/{name}"
    own = [
        _statement("logs:CreateLogGroup", log_group),
        _statement(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group}:*"),
        # X-Ray has no resources to scope it to.
        _statement("xray:PutTraceSegments", "*"),
    ]
    return aws.create_role(name, {"Version": "2012-10-17", "Statement": own + statements}, "lambda.amazonaws.com")


def _may_call(aws: LocalAws, function: str) -> dict:
    return _statement("lambda:InvokeFunction", f"arn:aws:lambda:{aws.region}:{aws.account}:function:{function}:{ALIAS}")


def _statement(action: str | list[str], resource: str) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource}
