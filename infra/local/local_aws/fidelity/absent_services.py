"""A service that MiniStack lacks is refused at once.

To tell such a service from a bucket MiniStack reads botocore's models of all services, four hundred of them, at the first
request for one: for seconds in which it answers nobody else either. Only services sign with such a name.
"""

import re

from local_aws import ministack_names as names

_SIGNING_NAME = re.compile(r"[a-z][a-z0-9-]+")


def install() -> None:
    names.IS_AWS_SERVICE_NAME.replace(is_service)


def is_service(scope: str) -> bool:
    return _SIGNING_NAME.fullmatch(scope) is not None
