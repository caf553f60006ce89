"""A small SSM Automation that really runs our documents against the emulated services.

MiniStack has none. This one runs inside its process, behind its port and its IAM
check, and knows the part of schema 0.3 that the documents in infra/automation use;
a document that needs more is refused when it is created, never half run.
"""
