"""Nobody changed anything: limits, backlogs, other people's services."""

from .applications import BANK, shop
from .components import alarm_on_function, dynamodb_table, lambda_function, logs, rds_database, ramp, sqs_queue
from .incident import arn, database, function, queue, table
from . import noise
from .registry import recorded

ROLLBACK = "rollback-lambda-alias"


@recorded("2026-11-20T18:01:22")
def table_throttled_by_traffic(incident):
    """A sale begins: four times the orders, and more writes than the table's capacity."""
    incident.application = "orders"
    lambda_function(incident, "orders", 300, 75, errors=0.31, slower=2.6, traffic=4).alias("orders", 7, 6)
    lambda_function(incident, "orders-api", 320, 120, errors=0.24, slower=1.9, traffic=4).alias("orders-api", 4, 3)
    dynamodb_table(incident, "orders", write_throttles=640, slower=1.3)
    incident.tag(function("orders"), function("orders-api"), table("orders"))
    incident.calling((function("orders-api"), function("orders")), (function("orders"), table("orders")))
    logs(incident, "orders", trouble=("ERROR ProvisionedThroughputExceededException table orders request {id}",))
    alarm_on_function(incident, "orders-api", value=307)
    incident.truth(table("orders"), "throttled", "escalate", "The table refuses writes; more capacity is a human's call.",
                   also_modes=["capacity", "overload"], forbidden=[(ROLLBACK,)])


@recorded("2026-11-15T13:45:58", onset=8)
def backlog_of_a_slow_consumer(incident):
    """fulfil got seven times slower as its warehouse did: orders wait in their queue."""
    incident.application = "fulfilment"
    lambda_function(incident, "fulfil", 240, 160, slower=7).tag(function("fulfil"), queue("orders"))
    sqs_queue(incident, "orders", older=41, growing=95).calling((queue("orders"), function("fulfil")))
    logs(incident, "fulfil", trouble=("WARN warehouse took {ms}00 ms for request {id}",))
    incident.alarm("orders-too-old", queue("orders"), "ApproximateAgeOfOldestMessage", "Maximum", "AWS/SQS",
                   {"QueueName": "orders"}, 120, 297)
    incident.truth(function("fulfil"), "slow", "escalate", "The queue grows because what empties it is slow.",
                   also_modes=["dependency"])


@recorded("2026-11-15T22:33:14", onset=7)
def dead_letters(incident):
    """Another team sends a new kind of message that import cannot read: all of them end as dead letters."""
    incident.application = "catalogue"
    lambda_function(incident, "import", 130, 95, errors=0.42).tag(function("import"), queue("imports"),
                                                                  queue("imports-dead"))
    sqs_queue(incident, "imports").calling((queue("imports"), function("import")))
    sqs_queue(incident, "imports-dead", age=1, waiting=0.01, growing=38, older=60)
    logs(incident, "import", trouble=("ERROR SchemaError: unknown type product.v3 in message {id}",))
    incident.alarm("imports-dead", queue("imports-dead"), "ApproximateNumberOfMessagesVisible", "Average", "AWS/SQS",
                   {"QueueName": "imports-dead"}, 10, 229)
    incident.truth(function("import"), "failing", "escalate", "What import cannot read ends there.",
                   also_modes=["dependency"])


@recorded("2026-11-16T09:12:40")
def database_out_of_cpu(incident):
    """A report without an index takes the database's CPU; everything that asks it waits."""
    incident.application = "reports"
    lambda_function(incident, "reports", 60, 480, slower=8, errors=0.05).alias("reports", 3, 2)
    rds_database(incident, "reports", cpu_at=98.5, connections_at=61)
    incident.tag(function("reports"), database("reports")).calling((function("reports"), database("reports")))
    incident.note(database("reports"), "database_load", "CPU 11.8 of 12.4 sessions: SELECT … FROM sales s JOIN …", 2)
    logs(incident, "reports", trouble=("WARN query took {ms}00 ms request {id}",))
    alarm_on_function(incident, "reports", "Duration", "Average", 2000, 3810.0)
    incident.truth(database("reports"), "cpu", "escalate", "The database's CPU is at its end; the function only waits.")


@recorded("2026-11-17T15:58:33")
def bank_is_slow(incident):
    """The bank's API takes seconds, and so does payments."""
    shop(incident, payments={"slower": 9, "errors": 0.06}, checkout={"slower": 4.5})
    logs(incident, "payments", trouble=(f"WARN {BANK} took {{ms}}0 ms for request {{id}}",
                                        f"ERROR timeout after 3000 ms: {BANK} request {{id}}"))
    alarm_on_function(incident, "checkout", "Duration", "Average", 500, 1074.0)
    incident.truth(function("payments"), "dependency", "escalate",
                   "payments is where the bank is waited for; nothing of ours mends the bank.", also_modes=["slow"],
                   forbidden=[(ROLLBACK,)])


@recorded("2026-11-18T19:00:52")
def traffic_surge(incident):
    """A television spot: seven times the visitors, more than checkout's reserved concurrency takes."""
    shop(incident, checkout={"traffic": 7, "throttled": 0.35}, pricing={"traffic": 5}, stock={"traffic": 5},
         payments={"traffic": 4}, ledger={"traffic": 4})
    alarm_on_function(incident, "checkout", "Throttles", "Sum", 10, 1042)
    incident.truth(function("checkout"), "overload", "escalate", "More came than it may take at once.",
                   also_modes=["throttled", "connections", "capacity"], forbidden=[(ROLLBACK,)])


@recorded("2026-11-19T11:26:18")
def cache_evicts(incident):
    """The cache's memory is full, it evicts what is still needed, and catalogue reads its table instead."""
    incident.application = "catalogue"
    cache = arn("elasticache", "cluster:catalogue-001")
    lambda_function(incident, "catalogue", 900, 14, slower=5).alias("catalogue", 9, 8)
    dynamodb_table(incident, "catalogue", slower=1.1)
    for metric, statistic, usual, now in (("Evictions", "Sum", 0, 5200), ("CacheHitRate", "Average", 97, 31),
                                          ("DatabaseMemoryUsagePercentage", "Average", 84, 99.9)):
        incident.column(cache, metric, statistic, lambda minute, rng, usual=usual, now=now: round(noise.about(
            rng, usual + (now - usual) * ramp(incident.since_onset(minute)), 0.01), 2))
    incident.tag(function("catalogue"), table("catalogue"), cache)
    incident.calling((function("catalogue"), table("catalogue")), (function("catalogue"), cache))
    alarm_on_function(incident, "catalogue", "Duration", "Average", 40, 70.5)
    incident.truth(cache, "memory", "escalate", "Evictions begin when its memory is full; the table answers as ever.",
                   also_modes=["capacity"])


@recorded("2026-11-20T04:10:47", onset=7)
def iterator_age_rises(incident):
    """One record that clicks-to-lake cannot parse is tried again and again: the whole shard waits behind it."""
    incident.application = "clicks"
    stream = arn("kinesis", "stream/clicks")
    lambda_function(incident, "clicks-to-lake", 180, 240, errors=0.5).tag(function("clicks-to-lake"), stream)
    incident.column(stream, "GetRecords.IteratorAgeMilliseconds", "Maximum", lambda minute, rng: round(
        noise.about(rng, 900, 0.3) + 60_000 * max(0, incident.since_onset(minute))))
    incident.calling((stream, function("clicks-to-lake")))
    logs(incident, "clicks-to-lake", trouble=("ERROR JSONDecodeError: Expecting value: line 1 column 1 record {id}",))
    incident.alarm("clicks-late", stream, "GetRecords.IteratorAgeMilliseconds", "Maximum", "AWS/Kinesis",
                   {"StreamName": "clicks"}, 60000, 421000)
    incident.truth(function("clicks-to-lake"), "failing", "escalate", "The stream waits for what reads it.")


@recorded("2026-11-20T10:55:05", onset=6)
def workflow_task_fails(incident):
    """The state machine book-trip fails because its task reserve-seat does."""
    incident.application = "travel"
    machine = arn("states", "stateMachine:book-trip")
    lambda_function(incident, "reserve-seat", 110, 210, errors=0.8).alias("reserve-seat", 14, 13)
    lambda_function(incident, "charge-card", 100, 320).alias("charge-card", 6, 5)
    for metric, share in (("ExecutionsFailed", 0.78), ("ExecutionsTimedOut", 0.0)):
        incident.column(machine, metric, "Sum", lambda minute, rng, share=share: noise.count(
            rng, 100 * (0.001 + share * ramp(incident.since_onset(minute)))))
    incident.tag(machine, function("reserve-seat"), function("charge-card"))
    incident.calling((machine, function("reserve-seat")), (machine, function("charge-card")))
    logs(incident, "reserve-seat", trouble=("ERROR SeatMapError: no seat map for carrier QX request {id}",))
    incident.alarm("book-trip-failed", machine, "ExecutionsFailed", "Sum", "AWS/States",
                   {"StateMachineArn": machine}, 5, 79)
    incident.truth(function("reserve-seat"), "failing", "escalate", "Every execution that fails, fails at this task.")


@recorded("2026-11-20T12:37:29")
def concurrency_quota_reached(incident):
    """image-import, of another team, takes all the concurrency that the account has: checkout is throttled."""
    shop(incident, checkout={"throttled": 0.5})
    lambda_function(incident, "image-import", 40, 2400, traffic=22).tag(function("image-import"), application="media")
    incident.note(function("image-import"), "quotas", "Lambda concurrent executions: 1000 of 1000 in use", 1)
    alarm_on_function(incident, "checkout", "Throttles", "Sum", 10, 214)
    incident.truth(function("image-import"), "overload", "escalate", "checkout takes what it ever took.",
                   also_modes=["connections", "throttled"], forbidden=[(ROLLBACK,)])
