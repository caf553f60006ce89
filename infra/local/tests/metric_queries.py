"""Queries of GetMetricData."""


def metric_query(
    namespace: str, metric: str = "m", *, id_: str = "a", stat: str = "Sum", period: int = 60, unit=None, **dimensions
) -> dict:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric_stat = {
        "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": listed}, "Period": period, "Stat": stat,
    }  # fmt: skip
    return {"Id": id_, "MetricStat": metric_stat | ({"Unit": unit} if unit else {})}
