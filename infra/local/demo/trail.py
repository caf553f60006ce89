"""Reads from CloudTrail who changed what."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from demo.waiting import wait_for
from local_aws import LocalAws

_RECORDED_WITHIN_SECONDS = 5.0
_API_DATE = re.compile(r"\d{8}(v\d+)?$")


@dataclass(frozen=True)
class Call:
    event_id: str
    name: str
    source: str
    user: str
    role: str | None
    """The role's name, where the caller had assumed one."""

    def __str__(self) -> str:
        by = f"role {self.role}" if self.role else f"user {self.user}"
        # CloudTrail names some of Lambda's calls with the API's date: UpdateAlias20150331.
        return f"{self.source.partition('.')[0]}:{_API_DATE.sub('', self.name)} by {by}"


class Trail:
    def __init__(self, aws: LocalAws, nightshift_roles: set[str]):
        self._cloudtrail = aws.client("cloudtrail")
        self._nightshift_roles = nightshift_roles

    def wait_for_call(self, user: str, name: str, since: float) -> Call:
        """The newest call of that API by that user."""

        def newest() -> Call | None:
            attribute = {"AttributeKey": "Username", "AttributeValue": user}
            calls = self._lookup(since, LookupAttributes=[attribute])
            return next((call for call in calls if call.name.startswith(name)), None)

        return wait_for(f"CloudTrail's record of {name} by {user}", newest, _RECORDED_WITHIN_SECONDS)

    def writes_by_nightshift(self, since: float) -> list[Call]:
        attribute = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
        calls = self._lookup(since, LookupAttributes=[attribute])
        return [call for call in calls if call.role in self._nightshift_roles and not _assumes_a_role(call)]

    def _lookup(self, since: float, **request) -> Iterator[Call]:
        pages = self._cloudtrail.get_paginator("lookup_events").paginate(StartTime=since, **request)
        for page in pages:
            for event in page["Events"]:
                record = json.loads(event["CloudTrailEvent"])
                issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {})
                yield Call(
                    event["EventId"], event["EventName"], event["EventSource"], event["Username"], issuer.get("userName")
                )


def _assumes_a_role(call: Call) -> bool:
    """Getting credentials changes nothing."""
    return call.source == "sts.amazonaws.com"
