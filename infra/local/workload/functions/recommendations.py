"""petshop's recommendations: as many pets from the catalogue as its configuration says."""

import os

import boto3
import tracing

ssm = boto3.client("ssm")


def handler(event, context):
    with tracing.Segment(event, context) as segment:
        print(f"recommending pets to {event.get('visitor')}")
        # Read at every call, so that a change of the configuration takes effect at once.
        with segment.calls("SSM", operation="GetParameter"):
            value = ssm.get_parameter(Name=os.environ["PAGE_SIZE_PARAMETER"])["Parameter"]["Value"]
        return segment.invoke(os.environ["CATALOGUE"], {"first": int(value)})
