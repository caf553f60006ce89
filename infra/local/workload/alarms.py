"""petshop's alarms: one for each thing that customers would miss, each on a metric of that thing alone."""

from dataclasses import dataclass

from local_aws import LocalAws

CHECKOUT_ERRORS = "petshop-checkout-errors"
SEARCH_ERRORS = "petshop-search-errors"
SEARCH_FAILING = "petshop-search-failing"
STOCK_ERRORS = "petshop-stock-errors"
INVENTORY_DOWN = "petshop-inventory-down"
WEB_UNHEALTHY = "petshop-web-unhealthy"
PAYMENTS_FAILING = "petshop-payments-failing"
STOREFRONT_ERRORS = "petshop-storefront-errors"

NAMESPACE = "Petshop"
PAYMENT_PROVIDER = "payment-provider"
# The shortest period CloudWatch has. It is also how long an alarm stays after the last error.
PERIOD_SECONDS = 10


@dataclass(frozen=True)
class _Alarm:
    name: str
    description: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    threshold: float = 1
    statistic: str = "Sum"


def create_alarms(aws: LocalAws, instance_id: str, cluster: str, service: str) -> None:
    cloudwatch = aws.client("cloudwatch")
    for alarm in (
        _function_errors(CHECKOUT_ERRORS, "petshop-checkout", "Customers can't pay."),
        _function_errors(SEARCH_ERRORS, "petshop-search", "Customers find no pets."),
        # The same fault is seen twice, as it often is.
        _function_errors(SEARCH_FAILING, "petshop-search", "Half of all searches fail.", threshold=0.5, statistic="Average"),
        _function_errors(STOCK_ERRORS, "petshop-stock", "Customers don't see what is in stock."),
        # It hangs on much: once it fails because of anything behind it is no reason to wake somebody.
        _function_errors(STOREFRONT_ERRORS, "petshop-storefront", "Customers see no front page.", threshold=3),
        _Alarm(INVENTORY_DOWN, "The inventory does not answer.", NAMESPACE, "Unhealthy", {"InstanceId": instance_id}),
        _Alarm(
            WEB_UNHEALTHY,
            "The web front's deployment failed, or tasks are missing.",
            NAMESPACE,
            "Unhealthy",
            {"ClusterName": cluster, "ServiceName": service},
        ),
        _Alarm(
            PAYMENTS_FAILING,
            "Another company's payment API does not answer.",
            NAMESPACE,
            "FailedProbes",
            {"Dependency": PAYMENT_PROVIDER},
        ),
    ):
        cloudwatch.put_metric_alarm(
            AlarmName=alarm.name,
            AlarmDescription=alarm.description,
            Namespace=alarm.namespace,
            MetricName=alarm.metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in alarm.dimensions.items()],
            Statistic=alarm.statistic,
            Period=PERIOD_SECONDS,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=alarm.threshold,
            TreatMissingData="missing",
            Tags=[{"Key": "application", "Value": "petshop"}],
        )


def _function_errors(
    name: str, function: str, description: str, *, threshold: float = 1, statistic: str = "Sum"
) -> _Alarm:
    # By alias: an error of a version that takes no traffic is no incident.
    dimensions = {"FunctionName": function, "Resource": f"{function}:live"}
    return _Alarm(name, description, "AWS/Lambda", "Errors", dimensions, threshold, statistic)
