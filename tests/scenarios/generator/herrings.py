"""Red herrings, and two causes at once."""

from .applications import BANK, shop
from .components import alarm_on_function, logs
from .incident import ACCOUNT, ALICE, BOB, function, parameter
from .registry import recorded

ROLLBACK, RESTORE = "rollback-lambda-alias", "restore-parameter"
OURS = f"arn:aws:sts::{ACCOUNT}:assumed-role/nightshift-RollbackLambdaAliasRole/Automation"


@recorded("2026-11-16T12:31:09")
def newer_change_of_another_application(incident):
    """checkout's alias was moved; just before the alarm, somebody changed a parameter of another application."""
    shop(incident, checkout={"errors": 0.5}).alias("checkout", 13, 12)
    incident.tag(parameter("/media/quality"), application="media")
    incident.parameter("/media/quality", 4, 2, BOB).put_parameter(2, "/media/quality", 4, BOB)
    incident.update_alias(6, "checkout", 13)
    logs(incident, "checkout", trouble=("ERROR ReferenceError: vat is not defined request {id}",))
    alarm_on_function(incident, "checkout", value=203)
    incident.truth(function("checkout", "live"), "bad_deployment", "act", "The parameter is nothing of the shop's.",
                   actions=[(ROLLBACK, function("checkout", "live"))],
                   forbidden=[(RESTORE, parameter("/media/quality"))])


@recorded("2026-11-16T18:44:36")
def newer_change_of_the_same_application(incident):
    """checkout's alias was moved; just before the alarm, somebody changed the banner, which checkout never reads."""
    shop(incident, checkout={"errors": 0.5}).alias("checkout", 13, 12).tag(parameter("/shop/banner"))
    incident.parameter("/shop/banner", 40, 2, BOB).put_parameter(2, "/shop/banner", 40, BOB)
    incident.update_alias(6, "checkout", 13)
    logs(incident, "checkout", trouble=("ERROR ReferenceError: vat is not defined request {id}",))
    alarm_on_function(incident, "checkout", value=198)
    incident.truth(function("checkout", "live"), "bad_deployment", ["act", "ask"],
                   "checkout fails from the minute its alias was moved, four minutes before the banner was changed.",
                   actions=[(ROLLBACK, function("checkout", "live"))],
                   forbidden=[(RESTORE, parameter("/shop/banner"))])


@recorded("2026-11-17T08:02:50")
def change_after_the_alarm(incident):
    """The bank is slow. Right after the alarm somebody rolled checkout back, in vain."""
    shop(incident, payments={"slower": 8}, checkout={"slower": 4}).alias("checkout", 11, 12)
    incident.update_alias(-0.5, "checkout", 11, ALICE)
    logs(incident, "payments", trouble=(f"WARN {BANK} took {{ms}}0 ms for request {{id}}",))
    alarm_on_function(incident, "checkout", "Duration", "Average", 500, 955.0)
    incident.truth(function("payments"), "dependency", "escalate", "What came after cannot have caused it.",
                   also_modes=["slow"], forbidden=[(ROLLBACK,)])


@recorded("2026-11-17T20:21:33", onset=12)
def remedy_before_the_alarm(incident):
    """The bank is slow for ten minutes before the alarm notices. In between somebody rolled checkout back, in
    vain: undoing that would deploy again what they took back."""
    shop(incident, payments={"slower": 8}, checkout={"slower": 4}).alias("checkout", 11, 12)
    incident.update_alias(5, "checkout", 11, ALICE)
    logs(incident, "payments", trouble=(f"WARN {BANK} took {{ms}}0 ms for request {{id}}",))
    alarm_on_function(incident, "checkout", "Duration", "Average", 500, 955.0)
    incident.truth(function("payments"), "dependency", "escalate",
                   "checkout was slow seven minutes before its alias was moved.",
                   also_modes=["slow"], forbidden=[(ROLLBACK,)])


@recorded("2026-11-18T07:13:28")
def change_by_nightshift(incident):
    """Nightshift itself moved checkout's alias back ten minutes ago. checkout fails anew, for another reason."""
    shop(incident, pricing={"errors": 0.8}, checkout={"errors": 0.7}).alias("checkout", 12, 13)
    incident.update_alias(10, "checkout", 12, OURS).update_alias(25, "checkout", 13)
    logs(incident, "pricing", trouble=("ERROR no price list for 2026-11-18 request {id}",))
    alarm_on_function(incident, "checkout", value=296).fired(22)
    incident.truth(function("pricing"), "failing", "escalate", "What Nightshift did last is not undone by Nightshift.",
                   forbidden=[(ROLLBACK,)])


@recorded("2026-11-18T16:36:00")
def two_faults_of_two_parts(incident):
    """stock's alias was moved to a version that fails, and pricing's parameter was overwritten, within a minute:
    checkout fails for both."""
    shop(incident, stock={"errors": 0.55}, pricing={"errors": 0.6}, checkout={"errors": 0.8}).alias("stock", 21, 20)
    incident.tag(parameter("/shop/pricing/currency"))
    incident.reads(function("pricing"), parameter("/shop/pricing/currency"))
    incident.parameter("/shop/pricing/currency", 3, 6, BOB).put_parameter(6, "/shop/pricing/currency", 3, BOB)
    incident.update_alias(6, "stock", 21, seconds=30)
    logs(incident, "pricing", trouble=("ERROR RangeError: Invalid currency code : EURO request {id}",))
    logs(incident, "stock", trouble=("ERROR TypeError: warehouse is undefined request {id}",))
    alarm_on_function(incident, "checkout", value=335)
    incident.truth(function("stock", "live"), "bad_deployment", ["ask", "escalate"],
                   "Either alone is a guess between two: a human should see both.",
                   actions=[(ROLLBACK, function("stock", "live")), (RESTORE, parameter("/shop/pricing/currency"))],
                   also_components=[parameter("/shop/pricing/currency"), function("pricing")],
                   also_modes=["bad_configuration", "failing"])


@recorded("2026-11-19T14:50:21")
def two_faults_one_of_them_ours(incident):
    """The bank is slow, and checkout's new version fails besides. The alarm is about the errors."""
    shop(incident, payments={"slower": 6}, checkout={"errors": 0.45, "slower": 3}).alias("checkout", 13, 12)
    incident.update_alias(6, "checkout", 13)
    logs(incident, "payments", trouble=(f"WARN {BANK} took {{ms}}0 ms for request {{id}}",))
    logs(incident, "checkout", trouble=("ERROR TypeError: basket.items is not iterable request {id}",))
    alarm_on_function(incident, "checkout", value=186)
    incident.truth(function("checkout", "live"), "bad_deployment", ["act", "ask"],
                   "The errors are checkout's own; the bank makes it slow and breaks nothing.",
                   actions=[(ROLLBACK, function("checkout", "live"))])


@recorded("2026-11-19T17:28:42", looked_after=30)
def change_listed_late(incident):
    """CloudTrail lists the deployment only minutes after the alarm: the first looks find no change."""
    shop(incident, checkout={"errors": 0.5}).alias("checkout", 13, 12)
    incident.update_alias(4, "checkout", 13, seconds=30)
    incident.delay = 420
    incident.onset = 3
    logs(incident, "checkout", trouble=("ERROR ReferenceError: vat is not defined request {id}",))
    alarm_on_function(incident, "checkout", value=201)
    incident.truth(function("checkout", "live"), "bad_deployment", ["act", "ask"], "It is the only change there is.",
                   actions=[(ROLLBACK, function("checkout", "live"))])
