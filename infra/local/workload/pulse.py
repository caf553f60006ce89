"""petshop's customers and its health checks: what makes metrics move.

Once a second it calls the functions through their aliases (Lambda itself counts the
errors), looks how the instance and the service are, tries the payment provider, and puts
what it found as metrics. It knows no incident: it reports what is.
"""

import logging
import socket
import threading

from local_aws import LocalAws, allow

from workload import alarms
from workload.function import ALIAS
from workload.external_service import ExternalService
from workload.petshop import CHECKOUT, CLUSTER, SEARCH, SERVICE, STOCK, Petshop
from workload.storefront import STOREFRONT

INTERVAL_SECONDS = 1.0
_PROBE_TIMEOUT_SECONDS = 0.5
# Under a user of its own: the change history must not show the prober as an administrator.
_PERMISSIONS = allow("lambda:InvokeFunction", "ec2:DescribeInstances", "ecs:DescribeServices", "cloudwatch:PutMetricData")
_log = logging.getLogger("pulse")


class Pulse:
    def __init__(self, aws: LocalAws, petshop: Petshop, provider: ExternalService):
        user = aws.create_user("petshop-prober", _PERMISSIONS)
        self._lambda = aws.client("lambda", user)
        self._ec2 = aws.client("ec2", user)
        self._ecs = aws.client("ecs", user)
        self._cloudwatch = aws.client("cloudwatch", user)
        self._petshop = petshop
        self._provider = provider
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_forever, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._ended.set()
        self._thread.join()

    def _beat_forever(self) -> None:
        while not self._ended.is_set():
            try:
                self._beat()
            except Exception:
                # A lost beat is missing data, which alarms know how to treat.
                _log.exception("a beat failed")
            self._ended.wait(INTERVAL_SECONDS)

    def _beat(self) -> None:
        for function in (CHECKOUT, SEARCH, STOCK, STOREFRONT):
            self._lambda.invoke(FunctionName=function, Qualifier=ALIAS, Payload=b"{}")
        unhealthy = [
            _datum("Unhealthy", self._is_inventory_down(), {"InstanceId": self._petshop.instance_id}),
            _datum("Unhealthy", self._is_web_unhealthy(), {"ClusterName": CLUSTER, "ServiceName": SERVICE}),
            _datum("FailedProbes", self._is_provider_down(), {"Dependency": alarms.PAYMENT_PROVIDER}),
        ]
        self._cloudwatch.put_metric_data(Namespace=alarms.NAMESPACE, MetricData=unhealthy)

    def _is_inventory_down(self) -> bool:
        found = self._ec2.describe_instances(InstanceIds=[self._petshop.instance_id])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"] != "running"

    def _is_web_unhealthy(self) -> bool:
        service = self._ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        primary = next(one for one in service["deployments"] if one["status"] == "PRIMARY")
        return primary["rolloutState"] == "FAILED" or service["runningCount"] < service["desiredCount"]

    def _is_provider_down(self) -> bool:
        try:
            socket.create_connection(self._provider.address, _PROBE_TIMEOUT_SECONDS).close()
        except OSError:
            return True
        return False


def _datum(metric: str, is_bad: bool, dimensions: dict[str, str]) -> dict:
    return {
        "MetricName": metric,
        "Value": int(is_bad),
        "Unit": "Count",
        "StorageResolution": 1,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
