"""Somebody changed something, and it broke."""

from .applications import shop
from .components import alarm_on_function, alias_metrics, lambda_function, logs, rds_database
from .incident import ALICE, BOB, arn, database, function, parameter, table
from .registry import recorded

ROLLBACK, RESTORE = "rollback-lambda-alias", "restore-parameter"


@recorded("2026-11-12T09:42:20")
def alias_moved_to_broken_version(incident):
    """The pipeline moved checkout's alias to a version that throws on two calls of five; its own alarm fires."""
    shop(incident, checkout={"errors": 0.4}).alias("checkout", 13, 12)
    incident.update_alias(5, "checkout", 13)
    incident.update_alias(1480, "checkout", 12)
    logs(incident, "checkout", trouble=(
        "ERROR TypeError: Cannot read properties of undefined (reading 'currency') request {id}",))
    alarm_on_function(incident, "checkout", value=166)
    incident.truth(function("checkout", "live"), "bad_deployment", "act",
                   "Only checkout fails, from the minute its alias was moved, and it calls nothing that is ill.",
                   actions=[(ROLLBACK, function("checkout", "live"))], forbidden=[("stop-instance",)])


@recorded("2026-11-13T14:08:05")
def canary_of_broken_version(incident):
    """A tenth of the traffic goes to a new version that fails. The alias itself still points to the good one."""
    shop(incident, checkout={"errors": 0.085}).alias("checkout", 12, 11, weighted=True)
    incident.update_alias(6, "checkout", 12, weights={"13": 0.1})
    logs(incident, "checkout", trouble=("ERROR ValidationError: unknown field loyalty_tier request {id}",),
         trouble_a_minute=2)
    alarm_on_function(incident, "checkout", value=38)
    incident.truth(function("checkout", "live"), "bad_deployment", "escalate",
                   "The deployment that shifts the traffic has to take it back: version 12 is where the alias is.",
                   forbidden=[(ROLLBACK, function("checkout", "live"))])


@recorded("2026-11-13T15:21:47", onset=6)
def canary_that_fails_by_its_own_metrics(incident):
    """A fifth of the traffic goes to version 13. By the metrics of the alias, version 13 fails and version 12 does not."""
    shop(incident, checkout={"errors": 0.17}).alias("checkout", 12, 11, others=("13",))
    alias_metrics(incident, "checkout", errors=0.85, duration=240, canary=("13", 0.2, "12"))
    incident.update_alias(6, "checkout", 12, weights={"13": 0.2})
    alarm_on_function(incident, "checkout", value=71)
    incident.truth(function("checkout", "live"), "bad_deployment", "escalate",
                   "The deployment that shifts the traffic has to take it back: version 12 is where the alias is.",
                   forbidden=[(ROLLBACK, function("checkout", "live"))])


@recorded("2026-11-13T16:40:12", onset=5)
def alias_moved_while_another_alias_fails(incident):
    """checkout's alias live was moved and serves well; in the same minute beta, which testers call, begins to fail. The
    metrics of the function count both."""
    shop(incident, checkout={"errors": 0.3}).alias("checkout", 13, 12)
    alias_metrics(incident, "checkout", share=0.6, duration=240)
    incident.update_alias(5, "checkout", 13)
    logs(incident, "checkout", trouble=("ERROR KeyError: basket request {id}",))
    alarm_on_function(incident, "checkout", value=126, alias=None)
    incident.truth(function("checkout"), "failing", "escalate",
                   "What fails does not come through the alias that was moved: its own metrics are as they were.",
                   also_modes=["bad_deployment"], forbidden=[(ROLLBACK,)])


@recorded("2026-11-12T16:27:41")
def alias_moved_two_calls_behind(incident):
    """checkout fails because payments does, and payments because ledger's alias was moved to a version that
    cannot write."""
    shop(incident, ledger={"errors": 0.7, "usual_errors": 0.0005}, payments={"errors": 0.66},
         checkout={"errors": 0.28}).alias("ledger", 31, 30)
    incident.update_alias(6, "ledger", 31)
    incident.update_alias(4000, "ledger", 30)
    logs(incident, "checkout", trouble=("ERROR payments answered 502 for request {id}",))
    logs(incident, "payments", trouble=("ERROR ledger: Unhandled, request {id}",))
    logs(incident, "ledger", trouble=("ERROR ValidationException: The provided key element does not match the schema, "
                                      "request {id}",))
    alarm_on_function(incident, "checkout", value=119)
    incident.truth(function("ledger", "live"), "bad_deployment", ["act", "ask"],
                   "ledger fails first and most, and nothing that it calls is ill.",
                   actions=[(ROLLBACK, function("ledger", "live"))],
                   forbidden=[(ROLLBACK, function("checkout", "live")), (ROLLBACK, function("payments", "live"))])


@recorded("2026-11-16T11:03:12")
def alias_moved_and_latency_doubled(incident):
    """A new version of stock answers, but does a lookup an item: stock is slow, and checkout with it."""
    shop(incident, stock={"slower": 9}, checkout={"slower": 2.8}).alias("stock", 21, 20)
    incident.update_alias(7, "stock", 21)
    logs(incident, "stock", trouble=("WARN 48 sequential reads for request {id}",))
    alarm_on_function(incident, "checkout", "Duration", "Average", 500, 671.0)
    incident.truth(function("stock", "live"), "bad_deployment", ["act", "ask"],
                   "stock got nine times slower right after its alias was moved; its table did not.",
                   actions=[(ROLLBACK, function("stock", "live"))], also_modes=["slow"],
                   forbidden=[(ROLLBACK, function("checkout", "live"))])


@recorded("2026-11-10T08:15:33")
def parameter_overwritten_at_the_reader(incident):
    """checkout reads /shop/checkout/limit; somebody set it to nothing that it can use."""
    shop(incident, checkout={"errors": 0.93}).tag(parameter("/shop/checkout/limit"))
    incident.reads(function("checkout"), parameter("/shop/checkout/limit"))
    incident.parameter("/shop/checkout/limit", 8, 5, ALICE).put_parameter(5, "/shop/checkout/limit", 8)
    logs(incident, "checkout", trouble=("ERROR limit is no number: 'ten' request {id}",))
    alarm_on_function(incident, "checkout", value=388)
    incident.truth(parameter("/shop/checkout/limit"), "bad_configuration", "act",
                   "checkout reads it, it was written a minute before checkout began to fail, and says so itself.",
                   actions=[(RESTORE, parameter("/shop/checkout/limit"))])


@recorded("2026-11-10T19:52:48")
def parameter_overwritten_downstream(incident):
    """pricing reads /shop/pricing/currency, which was overwritten; checkout, which calls pricing, fails."""
    shop(incident, pricing={"errors": 0.85}, checkout={"errors": 0.8}).tag(parameter("/shop/pricing/currency"))
    incident.reads(function("pricing"), parameter("/shop/pricing/currency")).reads(function("checkout"))
    incident.parameter("/shop/pricing/currency", 3, 6, BOB)
    incident.put_parameter(6, "/shop/pricing/currency", 3, BOB)
    logs(incident, "checkout", trouble=("ERROR pricing answered 500 for request {id}",))
    logs(incident, "pricing", trouble=("ERROR RangeError: Invalid currency code : EURO request {id}",))
    alarm_on_function(incident, "checkout", value=341)
    incident.truth(parameter("/shop/pricing/currency"), "bad_configuration", ["act", "ask"],
                   "pricing reads it and fails first and most; its table is well.",
                   actions=[(RESTORE, parameter("/shop/pricing/currency"))])


@recorded("2026-11-11T07:30:09")
def secret_overwritten(incident):
    """payments' API key, a SecureString, was overwritten with one that the bank refuses."""
    shop(incident, payments={"errors": 0.97}, checkout={"errors": 0.4}).tag(parameter("/shop/payments/api-key"))
    incident.reads(function("payments"), parameter("/shop/payments/api-key"))
    incident.parameter("/shop/payments/api-key", 5, 5, ALICE, kind="SecureString")
    incident.put_parameter(5, "/shop/payments/api-key", 5, kind="SecureString")
    logs(incident, "payments", trouble=("ERROR bank answered 401 invalid_api_key request {id}",))
    alarm_on_function(incident, "payments", value=178)
    incident.truth(parameter("/shop/payments/api-key"), "bad_configuration", "escalate",
                   "No automation may hold a secret's value: a human has to put the right one back.",
                   forbidden=[(RESTORE, parameter("/shop/payments/api-key"))])


@recorded("2026-11-17T10:11:54")
def connections_exhausted_by_deployment(incident):
    """A new version of orders opens a connection a request: the database has none left, and orders fails."""
    incident.application = "orders"
    lambda_function(incident, "orders", 300, 75, errors=0.62, slower=6).alias("orders", 8, 7)
    lambda_function(incident, "orders-api", 320, 120, errors=0.55, slower=3.4).alias("orders-api", 4, 3)
    rds_database(incident, "orders", connections=38, connections_at=196, cpu_at=44)
    incident.tag(function("orders"), function("orders-api"), database("orders"))
    incident.calling((function("orders-api"), function("orders")), (function("orders"), database("orders")))
    incident.update_alias(7, "orders", 8)
    logs(incident, "orders", trouble=("FATAL: remaining connection slots are reserved for superuser, request {id}",))
    logs(incident, "orders-api", trouble=("ERROR orders answered 500 for request {id}",))
    alarm_on_function(incident, "orders-api", value=171)
    incident.truth(function("orders", "live"), "bad_deployment", ["act", "ask"],
                   "Connections rise from the minute that the alias was moved; the old version holds 38.",
                   actions=[(ROLLBACK, function("orders", "live"))], also_modes=["connections"],
                   forbidden=[(ROLLBACK, function("orders-api", "live"))])


@recorded("2026-11-18T13:20:37")
def memory_lowered(incident):
    """Somebody lowered the memory of thumbnails to save money: it runs out of it or of time."""
    incident.application = "media"
    lambda_function(incident, "thumbnails", 90, 1800, errors=0.5, slower=7).tag(function("thumbnails"))
    incident.change(8, "lambda", "UpdateFunctionConfiguration20150331v2",
                    {"functionName": "thumbnails", "memorySize": 128}, BOB)
    logs(incident, "thumbnails", trouble=(
        "REPORT RequestId: {id} Duration: 15000.00 ms Memory Size: 128 MB Max Memory Used: 128 MB",
        "{id} Task timed out after 15.00 seconds",
        "RequestId: {id} Error: Runtime exited with error: signal: killed Runtime.ExitError"))
    alarm_on_function(incident, "thumbnails", value=44, alias=None)
    incident.truth(function("thumbnails"), "bad_configuration", "escalate",
                   "There is no action that sets a function's memory.", also_modes=["memory", "slow"])


@recorded("2026-11-18T21:04:16")
def permission_removed(incident):
    """The policy that lets receipts write to its bucket was detached from its role."""
    incident.application = "billing"
    role = "arn:aws:iam::123456789012:role/receipts"
    lambda_function(incident, "receipts", 150, 130, errors=0.99, slower=0.5).tag(function("receipts"))
    incident.change(5, "iam", "DetachRolePolicy",
                    {"roleName": "receipts", "policyArn": "arn:aws:iam::123456789012:policy/receipts-write"}, ALICE)
    logs(incident, "receipts", trouble=("ERROR AccessDenied: not authorized to perform: s3:PutObject request {id}",))
    alarm_on_function(incident, "receipts", value=149, alias=None)
    incident.truth(role, "permissions", "escalate", "The function's role may no longer write; a human decides on it.",
                   also_components=[function("receipts")])


@recorded("2026-11-19T05:47:02")
def key_disabled(incident):
    """The key that encrypts invoices' table was disabled: every read and write of it is refused."""
    incident.application = "billing"
    key = arn("kms", "key/5d0c9f0e-3c1b-4f3b-9a6e-0c2f1b7a9d11")
    lambda_function(incident, "invoices", 210, 70, errors=0.98).alias("invoices", 5, 4)
    incident.tag(function("invoices"), table("invoices"), key).calling((function("invoices"), table("invoices")))
    incident.change(5, "kms", "DisableKey", {"keyId": key}, BOB, resources=[key])
    logs(incident, "invoices", trouble=("ERROR KMSDisabledException: key is disabled, table invoices request {id}",))
    alarm_on_function(incident, "invoices", value=204)
    incident.truth(key, "permissions", "escalate", "Nothing else changed, and the errors name the key.",
                   also_modes=["stopped", "bad_configuration"])
