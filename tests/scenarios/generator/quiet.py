"""Nothing is wrong, or no longer."""

from . import noise
from .applications import shop
from .components import alarm_on_function, dynamodb_table, lambda_function, logs
from .incident import ALICE, function, parameter, table
from .registry import recorded

ROLLBACK, RESTORE = "rollback-lambda-alias", "restore-parameter"


@recorded("2026-11-11T23:18:44", onset=-60)
def flapping_alarm(incident):
    """An alarm with too low a threshold fires every half hour, and is well again before anybody looks."""
    shop(incident)
    alarm_on_function(incident, "pricing", threshold=1, value=2).observe("recovered", "OK: newest datapoint 0, threshold 1")
    incident.fired(31, 64, 97, 122, 161, 188)
    incident.truth(None, None, "recovered", "A few errors an hour are ordinary, and it went by itself.",
                   forbidden=[(ROLLBACK,)])


@recorded("2026-11-12T02:36:10", onset=-60)
def noisy_metric(incident):
    """One slow minute among many: the threshold is inside the ordinary range. A comment was changed before."""
    shop(incident).tag(parameter("/shop/banner"))
    incident.column(function("stock"), "Duration", "Average", lambda minute, rng: round(
        noise.about(rng, 62, 0.22) * (1.9 if rng.random() < 0.03 or minute in (-2, -1) else 1), 1))
    alarm_on_function(incident, "stock", "Duration", "Average", 105, 118.0, alarm="stock-slow")
    incident.fired(77, 163, 410)
    incident.truth(None, None, ["escalate", "recovered"], "Such minutes come every half hour.",
                   forbidden=[(ROLLBACK,), (RESTORE,)])


@recorded("2026-11-13T10:24:55", onset=-60)
def deployment_without_effect(incident):
    """checkout's alias was moved half an hour before; nothing about checkout changed. Its alarm fires on a
    handful of errors such as there are on any day."""
    shop(incident).alias("checkout", 13, 12)
    incident.update_alias(34, "checkout", 13)
    logs(incident, "checkout")
    alarm_on_function(incident, "checkout", threshold=1, value=2)
    incident.fired(230, 512, 896)
    incident.truth(None, None, ["escalate", "recovered"], "Errors are where they were before the deployment.",
                   forbidden=[(ROLLBACK, function("checkout", "live"))])


@recorded("2026-11-14T02:05:31", onset=5, application="accounts")
def nightly_batch(incident):
    """Every night at two the statements are made, and for twenty minutes their table is as busy as never else."""
    lambda_function(incident, "statements", 12, 600, traffic=30, slower=1.25).alias("statements", 5, 4)
    dynamodb_table(incident, "statements", slower=1.15)
    incident.tag(function("statements"), table("statements")).calling((function("statements"), table("statements")))
    logs(incident, "statements", trouble=("INFO statement {n} written request {id}",))
    alarm_on_function(incident, "statements", "Duration", "Average", 700, 752.0, alarm="statements-slow")
    incident.fired(1440)
    incident.truth(None, None, ["escalate", "recovered"], "It does so every night, and the alarm says so every night.",
                   forbidden=[(ROLLBACK,)])


@recorded("2026-11-14T06:00:20", onset=-60)
def alarm_suppressed(incident):
    """A maintenance window: the team has the alarm's actions suppressed."""
    shop(incident, checkout={"errors": 0.3})
    incident.cloudwatch_event("checkout-is-failing", "ALARM", "checkout-errors transitioned to ALARM",
                              {"alarmRule": 'ALARM("checkout-errors")', "actionsSuppressor": "checkout-maintenance"},
                              actionsSuppressedBy="Alarm", actionsSuppressedReason="Actions suppressed by maintenance")
    incident.symptom = {"component": function("checkout"), "metric": "Errors", "statistic": "Sum"}
    incident.observe("firing", "ALARM")
    incident.truth(None, None, "ignored", "The team said that this alarm is to act on nobody for now.")


@recorded("2026-11-15T16:50:02", looked_after=90)
def recovered_before_the_look(incident):
    """A parameter was overwritten and put right again before Nightshift looked."""
    shop(incident).tag(parameter("/shop/checkout/limit"))
    incident.column(function("checkout"), "Errors", "Sum", lambda minute, rng: noise.count(
        rng, 380 if -4 <= minute < 1 else 0.3))
    incident.reads(function("checkout"), parameter("/shop/checkout/limit"))
    incident.parameter("/shop/checkout/limit", 9, -1, ALICE)
    incident.put_parameter(5, "/shop/checkout/limit", 8).put_parameter(-1, "/shop/checkout/limit", 9)
    alarm_on_function(incident, "checkout", value=377).observe("recovered", "OK: newest datapoint 0, threshold 5")
    incident.truth(None, None, "recovered", "Alice had put it right.", forbidden=[(RESTORE,), (ROLLBACK,)])
