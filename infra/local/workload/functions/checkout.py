"""petshop's checkout: takes a payment within the time that its configuration allows."""

import os

import boto3

ssm = boto3.client("ssm")


def handler(_event, _context):
    # Read at every call, so that a change of the configuration takes effect at once.
    value = ssm.get_parameter(Name=os.environ["PAYMENT_TIMEOUT_PARAMETER"])["Parameter"]["Value"]
    timeout_seconds = float(value)
    if not 0 < timeout_seconds <= 30:
        raise ValueError(f"a payment may take up to 30 seconds, not {value}")
    return {"paid": True, "timeout_seconds": timeout_seconds}
