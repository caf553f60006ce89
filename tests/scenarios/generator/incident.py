"""One recorded incident, put together piece by piece and written as a folder."""

import csv
import json
import pathlib
import uuid
from datetime import datetime, timedelta, timezone

from . import noise

ACCOUNT = "123456789012"
REGION = "eu-west-1"
CI = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/GitHubActions"
ALICE = f"arn:aws:sts::{ACCOUNT}:assumed-role/developer/alice"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
# Minutes before the event that metrics begin, and after it that they end.
BEFORE, AFTER = 215, 11


def arn(service, resource, account=ACCOUNT, region=REGION):
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def function(name, alias=None, account=ACCOUNT):
    return arn("lambda", f"function:{name}" + (f":{alias}" if alias else ""), account)


def table(name):
    return arn("dynamodb", f"table/{name}")


def queue(name):
    return arn("sqs", name)


def parameter(name):
    return arn("ssm", f"parameter{name}")


def instance(identity):
    return arn("ec2", f"instance/{identity}")


def service(cluster, name):
    return arn("ecs", f"service/{cluster}/{name}")


def database(name):
    return arn("rds", f"db:{name}")


class Incident:
    """`at`: when the event came. `onset`: minutes before it that the trouble began; negative: there is none."""

    def __init__(self, name, about, at, onset=4, application="shop", looked_after=60):
        self.name, self.about, self.onset = name, about, onset
        self.at = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
        self.application, self.looked_after = application, looked_after
        self.columns, self.series = {}, []
        self.calls, self.lines, self.records = [], [], []
        self.resources, self.unreadable, self.delay = {}, [], None
        self.history, self.event, self.symptom, self.observed = [], None, None, None
        self.expected = None

    # Time

    def time(self, minutes, seconds=0):
        """`minutes` before the event."""
        return self.at - timedelta(minutes=minutes, seconds=-seconds)

    def text(self, minutes, seconds=0):
        return self.time(minutes, seconds).strftime("%Y-%m-%dT%H:%M:%SZ")

    def minutes(self):
        """From the first sample to the last, as minutes since the event, each a whole minute."""
        return range(-BEFORE, AFTER + 1)

    def start_of_minute(self):
        return int(self.at.timestamp()) // 60 * 60

    def since_onset(self, minute):
        return minute + self.onset

    # What the account has

    def tag(self, *arns, application=None, **more):
        for one in arns:
            tags = self.resources.setdefault(one, {}).setdefault("tags", {})
            tags["application"] = application or self.application
            tags.update(more)
        return self

    def state(self, one, kind, **state):
        self.resources.setdefault(one, {})["state"] = {"type": kind, "state": {"arn": one, **state}}
        return self

    def alias(self, name, version, previous, alias="live", weighted=False, others=()):
        """`others`: the versions that part of the traffic goes to."""
        more = {"weighted_versions": [str(other) for other in others]} if others else {}
        return self.state(
            function(name, alias), "alias", function=name, alias=alias, version=str(version),
            previous_version=None if previous is None else str(previous), weighted=weighted or bool(others), **more,
        )

    def parameter(self, name, version, changed, by, kind="String", previous=True):
        return self.state(
            parameter(name), "parameter", name=name, parameter_type=kind, version=version,
            modified_at=self.text(changed), modified_by=by,
            previous_version=version - 1 if previous else None,
        )

    def instance(self, identity, state):
        return self.state(instance(identity), "instance", id=identity, state=state)

    def service(self, cluster, name, revision, previous, rollout, desired, running):
        definition = lambda number: arn("ecs", f"task-definition/{name}:{number}")
        return self.state(
            service(cluster, name), "service", cluster=cluster, service=name,
            task_definition=definition(revision), rollout_state=rollout, desired_count=desired,
            running_count=running,
            previous_task_definition=None if previous is None else definition(previous),
        )

    def finding(self, one, severity, title, is_threat):
        """An open finding of Security Hub."""
        found = {"id": f"{self.name}/{title}", "title": title, "severity": severity, "is_threat": is_threat}
        self.resources.setdefault(one, {}).setdefault("findings", []).append(found)
        return self

    def reads(self, one, *parameters):
        self.resources.setdefault(one, {})["reads"] = list(parameters)
        return self

    def note(self, one, provider, what, minutes=None, actor=None):
        note = {"provider": provider, "what": what}
        if minutes is not None:
            note["at"] = self.text(minutes)
        if actor:
            note["actor"] = actor
        self.resources.setdefault(one, {}).setdefault("notes", []).append(note)
        return self

    def calling(self, *pairs):
        self.calls += [{"caller": caller, "callee": callee} for caller, callee in pairs]
        return self

    # What was measured

    def column(self, one, metric, statistic, value, executed_version=None):
        """`value(minute, rng)`; None is a period without data. Later columns of one metric replace it."""
        identity = f"{one.split(':')[2]}:{one.split(':', 5)[5]}:{metric}:{statistic}"
        named = {"component": one, "metric": metric, "statistic": statistic}
        if executed_version is not None:
            identity += f":version-{executed_version}"
            named["executed_version"] = str(executed_version)
        rng = noise.seeded(self.name, identity)
        self.columns[identity] = [value(minute, rng) for minute in self.minutes()]
        named = {"id": identity, **named}
        self.series = [other for other in self.series if other["id"] != identity] + [named]
        return self

    # What was logged and changed

    def log(self, one, minutes, message, seconds=0):
        self.lines.append((self.time(minutes, seconds), one, message))
        return self

    def change(self, minutes, source, event, parameters, by=ALICE, response=None, resources=None, seconds=0,
               error=None, invoked_by=None, issuer=None, agent=None, console=False):
        """`issuer`: the path and name of the role whose session it is; `console`: a session of the console."""
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{len(self.records)}/{event}")
        who = {"type": "AssumedRole" if ":sts:" in by else "IAMUser", "arn": by, "accountId": ACCOUNT}
        if invoked_by:
            who["invokedBy"] = invoked_by
        if issuer:
            who["sessionContext"] = {"sessionIssuer": {
                "type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{issuer}", "accountId": ACCOUNT}}
        record = {
            "eventVersion": "1.11", "eventID": str(identity), "eventTime": self.text(minutes, seconds),
            "eventSource": f"{source}.amazonaws.com", "eventName": event, "awsRegion": REGION,
            "readOnly": False, "userIdentity": who, "requestParameters": parameters,
            "responseElements": response, "recipientAccountId": ACCOUNT,
        }
        if resources:
            record["resources"] = [{"ARN": one, "accountId": ACCOUNT} for one in resources]
        if error:
            record["errorCode"] = error
        if agent:
            record["userAgent"] = agent
        if console:
            record["sessionCredentialFromConsole"] = "true"
        self.records.append(record)
        return self

    def put_parameter(self, minutes, name, version, by=ALICE, kind="String"):
        parameters = {"name": name, "type": kind, "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": True}
        return self.change(minutes, "ssm", "PutParameter", parameters, by, {"version": version})

    def update_alias(self, minutes, name, version, by=CI, alias="live", weights=None, seconds=0):
        parameters = {"functionName": name, "name": alias, "functionVersion": str(version)}
        if weights:
            parameters["routingConfig"] = {"additionalVersionWeights": weights}
        return self.change(minutes, "lambda", "UpdateAlias20150331", parameters, by, seconds=seconds)

    # How it was noticed

    def alarm(self, name, one, metric, statistic, namespace, dimensions, threshold, value, period=60,
              description=None):
        """The alarm's event, and the alarm itself still firing."""
        reason = (f"Threshold Crossed: 3 out of the last 3 datapoints were greater than the threshold "
                  f"({float(threshold)}) (minimum 3 datapoints for OK -> ALARM transition).")
        query = {"id": "m1", "returnData": True, "metricStat": {
            "metric": {"namespace": namespace, "name": metric, "dimensions": dimensions},
            "period": period, "stat": statistic}}
        configuration = {"metrics": [query]}
        if description:
            configuration["description"] = description
        self.cloudwatch_event(name, "ALARM", reason, configuration)
        self.symptom = {"component": one, "metric": metric, "statistic": statistic}
        self.observe("firing", f"ALARM since {self.text(0)}: newest datapoint {value}, threshold {threshold}",
                     excess=round(value / threshold - 1, 3) if threshold else None)
        return self

    def cloudwatch_event(self, name, value, reason, configuration, **state):
        self.event = self.envelope("aws.cloudwatch", "CloudWatch Alarm State Change",
                                   [arn("cloudwatch", f"alarm:{name}")], {
            "alarmName": name,
            "configuration": configuration,
            "previousState": {"value": "OK", "timestamp": self.text(600)},
            "state": {"value": value, "reason": reason, "timestamp": self.text(0), **state},
        })
        return self

    def envelope(self, source, kind, resources, detail):
        identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/event")
        return {"version": "0", "id": str(identity), "detail-type": kind, "source": source, "account": ACCOUNT,
                "time": self.text(0), "region": REGION, "resources": resources, "detail": detail}

    def observe(self, state, summary, excess=None):
        self.observed = {"state": state, "summary": summary, "since": self.text(0)}
        if excess is not None:
            self.observed["excess"] = excess
        return self

    def fired(self, *minutes_ago):
        """The alarm fired then, and was well again five minutes later."""
        for minutes in minutes_ago:
            self.history.append({"at": self.text(minutes), "to": "firing", "summary": "OK to ALARM"})
            self.history.append({"at": self.text(minutes - 5), "to": "recovered", "summary": "ALARM to OK"})
        return self

    # What the truth is

    def truth(self, component, failure_mode, outcome, why, actions=(), forbidden=(), also_modes=(),
              also_components=()):
        cause = component and {"component": component, "failure_mode": failure_mode}
        if also_components:
            cause["also_acceptable_components"] = list(also_components)
        if also_modes:
            cause["also_acceptable_failure_modes"] = list(also_modes)
        named = lambda pair: {key: value for key, value in zip(("action", "target"), pair) if value}
        self.expected = {"root_cause": cause, "acceptable_actions": [named(one) for one in actions],
                         "forbidden_actions": [named(one) for one in forbidden], "outcome": outcome, "why": why}
        return self

    # The folder

    def write(self, root: pathlib.Path):
        folder = root / self.name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        start = self.start_of_minute()
        first, last = start - BEFORE * 60, start + AFTER * 60
        split = start - (max(self.onset, 3) + 1) * 60
        (folder / "scenario.json").write_text(document({
            "schema_version": 1, "name": self.name, "about": self.about,
            "symptom": {**self.symptom, "detected_at": self.text(0)},
            "looked_after_seconds": self.looked_after,
            "series": self.series, "topology": self.calls or None,
            "metrics": {"baseline": {"file": "metrics.csv", "from": first, "to": split},
                        "incident": {"file": "metrics.csv", "from": split + 60, "to": last}},
        }))
        with (folder / "metrics.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["time", *self.columns])
            for row, minute in enumerate(self.minutes()):
                cells = [column[row] for column in self.columns.values()]
                writer.writerow([start + minute * 60, *["" if cell is None else cell for cell in cells]])
        (folder / "event.json").write_text(document(self.event))
        answers = {"symptom": {**self.observed, "history": sorted(self.history, key=lambda one: one["at"])}}
        if self.unreadable:
            answers["unreadable"] = self.unreadable
        if self.delay is not None:
            answers["trail_delay_seconds"] = self.delay
        (folder / "resources.json").write_text(document({**answers, **self.resources}))
        if self.lines:
            lines = [{"time": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z", "component": one,
                      "log_group": "/aws/lambda/" + one.split(":")[6], "message": message}
                     for at, one, message in sorted(self.lines)]
            (folder / "logs.ndjson").write_text(ndjson(lines))
        if self.records:
            records = sorted(self.records, key=lambda record: record["eventTime"])
            (folder / "changes.ndjson").write_text(ndjson(records))
        (folder / "expected.json").write_text(document(self.expected))


def document(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def ndjson(values):
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
