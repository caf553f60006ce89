"""petshop's front page: what is recommended to the visitor."""

import os

import tracing


def handler(event, context):
    with tracing.Segment(event, context) as segment:
        visitor = event.get("visitor", "anonymous")
        print(f"GET / for {visitor}")
        recommended = segment.invoke(os.environ["RECOMMENDATIONS"], {"visitor": visitor})
        return {"title": "petshop", "recommended": recommended}
