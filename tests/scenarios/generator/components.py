"""Metrics of AWS's services and logs of programs, with and without trouble. Trouble is said in
shares and factors and begins at the incident's onset."""

from . import noise
from .incident import database, function, instance, queue, service, table


def ramp(since, minutes=2):
    """From 0 to 1 within so many minutes of the onset."""
    return 0.0 if since < 0 else min(1.0, (since + 1) / minutes)


def lambda_function(incident, name, per_minute=420, duration=90.0, errors=0.0, slower=1.0, throttled=0.0,
                    traffic=1.0, usual_errors=0.0008, delay=0):
    """`errors`, `throttled`: shares of the calls since the onset. `slower`, `traffic`: factors."""
    one = function(name)
    rng = noise.seeded(incident.name, name, "calls")
    calls = {}
    for minute in incident.minutes():
        day = (incident.at.hour * 60 + incident.at.minute + minute) % 1440
        factor = 1 + (traffic - 1) * ramp(incident.since_onset(minute) - delay)
        calls[minute] = noise.count(rng, per_minute * noise.of_the_day(day) * factor)
    within = lambda minute: ramp(incident.since_onset(minute) - delay)
    took = lambda minute: duration * (1 + (slower - 1) * within(minute))
    refused = lambda minute: calls[minute] * throttled * within(minute)
    incident.column(one, "Invocations", "Sum", lambda minute, rng: calls[minute])
    incident.column(one, "Errors", "Sum", lambda minute, rng: noise.count(
        rng, calls[minute] * (usual_errors + errors * within(minute))))
    incident.column(one, "Duration", "Average", lambda minute, rng: round(
        noise.about(rng, took(minute), 0.06), 1))
    incident.column(one, "Throttles", "Sum", lambda minute, rng: noise.count(rng, refused(minute)))
    incident.column(one, "ConcurrentExecutions", "Maximum", lambda minute, rng: max(1, round(
        noise.about(rng, 2 + 2.2 * calls[minute] / 60 * took(minute) / 1000, 0.12))))
    return incident


def alias_metrics(incident, name, share=1.0, errors=0.0, usual_errors=0.0008, duration=90.0, alias="live", canary=None):
    """What Lambda writes of one alias: `share` of the function's calls go through it, `errors` of them fail since the onset.
    `canary`: a version, the share of the alias' calls that it takes since the onset and that alone fail, and the version that
    takes the rest."""
    one = function(name, alias)
    places = {minute: place for place, minute in enumerate(incident.minutes())}
    of_function = incident.columns[f"lambda:function:{name}:Invocations:Sum"]
    calls = {minute: round(of_function[place] * share) for minute, place in places.items()}
    incident.column(one, "Invocations", "Sum", lambda minute, rng: calls[minute])
    incident.column(one, "Duration", "Average", lambda minute, rng: round(noise.about(rng, duration, 0.06), 1))
    new, weight, old = canary or (None, 0.0, None)
    taken = {minute: round(calls[minute] * weight * (incident.since_onset(minute) >= 0)) for minute in calls}
    rng = noise.seeded(incident.name, one, "failures")
    failed = {minute: noise.count(rng, taken[minute] * errors) if canary else 0 for minute in calls}
    failed = {minute: min(failed[minute], taken[minute]) for minute in calls}
    rest = {minute: noise.count(rng, calls[minute] * (
        usual_errors + (0 if canary else errors * ramp(incident.since_onset(minute))))) for minute in calls}
    errors_of = lambda minute, rng: failed[minute] + rest[minute]
    incident.column(one, "Errors", "Sum", errors_of)
    if share == 1.0:
        incident.column(function(name), "Errors", "Sum", errors_of)
    if canary:
        for version, took, wrong in ((new, taken, failed), (old, {m: calls[m] - taken[m] for m in calls}, rest)):
            incident.column(one, "Invocations", "Sum", lambda minute, rng, took=took: took[minute] or None, version)
            incident.column(one, "Errors", "Sum", lambda minute, rng, took=took, wrong=wrong: (
                wrong[minute] if took[minute] else None), version)
    return incident


def dynamodb_table(incident, name, latency=4.6, slower=1.0, write_throttles=0, read_throttles=0):
    one = table(name)
    within = lambda minute: ramp(incident.since_onset(minute))
    incident.column(one, "SuccessfulRequestLatency", "Average", lambda minute, rng: round(
        noise.about(rng, latency * (1 + (slower - 1) * within(minute)), 0.05), 2))
    # Published only when there is something to count.
    for metric, most in (("ReadThrottleEvents", read_throttles), ("WriteThrottleEvents", write_throttles)):
        incident.column(one, metric, "Sum", lambda minute, rng, most=most: noise.count(
            rng, most * within(minute)) or None)
    return incident


def sqs_queue(incident, name, age=2, waiting=4, growing=0.0, older=0.0):
    """`growing`: messages more a minute; `older`: seconds that the oldest gets older a minute."""
    one = queue(name)
    since = lambda minute: max(0, incident.since_onset(minute))
    incident.column(one, "ApproximateAgeOfOldestMessage", "Maximum", lambda minute, rng: round(
        noise.about(rng, age, 0.3) + older * since(minute)))
    incident.column(one, "ApproximateNumberOfMessagesVisible", "Average", lambda minute, rng: round(
        noise.about(rng, waiting, 0.4) + growing * since(minute), 1))
    return incident


def rds_database(incident, name, cpu=31.0, connections=42, cpu_at=None, connections_at=None, memory=6.1e9,
                 memory_at=None):
    """`_at`: the level that is reached since the onset."""
    one = database(name)

    def level(minute, usual, reached):
        return usual + ((usual if reached is None else reached) - usual) * ramp(incident.since_onset(minute), 3)

    incident.column(one, "CPUUtilization", "Average", lambda minute, rng: round(
        min(99.8, noise.about(rng, level(minute, cpu, cpu_at), 0.05)), 2))
    incident.column(one, "DatabaseConnections", "Average", lambda minute, rng: round(
        noise.about(rng, level(minute, connections, connections_at), 0.05)))
    incident.column(one, "FreeableMemory", "Average", lambda minute, rng: round(
        noise.about(rng, level(minute, memory, memory_at), 0.01)))
    incident.column(one, "FreeStorageSpace", "Average", lambda minute, rng: round(
        81e9 - 2e5 * (minute + 215) + rng.gauss(0, 4e6)))
    return incident


def ecs_service(incident, cluster, name, cpu=38.0, memory=54.0, cpu_at=None, memory_at=None):
    one = service(cluster, name)

    def level(minute, usual, reached):
        return usual + ((usual if reached is None else reached) - usual) * ramp(incident.since_onset(minute), 3)

    incident.column(one, "CPUUtilization", "Average", lambda minute, rng: round(
        min(100, noise.about(rng, level(minute, cpu, cpu_at), 0.08)), 2))
    incident.column(one, "MemoryUtilization", "Average", lambda minute, rng: round(
        min(100, noise.about(rng, level(minute, memory, memory_at), 0.015)), 2))
    return incident


def ec2_instance(incident, identity, cpu=22.0, until=None):
    """`until`: minutes after the event from which there is nothing to measure."""
    one = instance(identity)
    there = lambda minute: until is None or minute < until
    incident.column(one, "CPUUtilization", "Average", lambda minute, rng: round(
        noise.about(rng, cpu, 0.12), 2) if there(minute) else None)
    incident.column(one, "StatusCheckFailed", "Maximum", lambda minute, rng: 0 if there(minute) else None)
    return incident


def load_balancer(incident, one, per_minute=1500, latency=0.12, failing=0.0, refusing=0.0, slower=1.0):
    """`failing`: answers of targets with 5xx; `refusing`: the load balancer's own. Shares."""
    within = lambda minute: ramp(incident.since_onset(minute))
    rng = noise.seeded(incident.name, one, "requests")
    requests = {minute: noise.count(rng, per_minute) for minute in incident.minutes()}
    incident.column(one, "RequestCount", "Sum", lambda minute, rng: requests[minute])
    incident.column(one, "TargetResponseTime", "Average", lambda minute, rng: round(
        noise.about(rng, latency * (1 + (slower - 1) * within(minute)), 0.07), 4))
    for metric, share in (("HTTPCode_Target_5XX_Count", failing), ("HTTPCode_ELB_5XX_Count", refusing)):
        incident.column(one, metric, "Sum", lambda minute, rng, share=share: noise.count(
            rng, requests[minute] * (0.0005 + share * within(minute))) or None)
    return incident


def alarm_on_function(incident, name, metric="Errors", statistic="Sum", threshold=5, value=120, alias="live",
                      alarm=None, description=None, period=60):
    """An alarm on a function's own metric, by way of its alias where it has one."""
    dimensions = {"FunctionName": name}
    if alias:
        dimensions["Resource"] = f"{name}:{alias}"
    return incident.alarm(alarm or f"{name}-{metric.lower()}", function(name), metric, statistic, "AWS/Lambda",
                          dimensions, threshold, value, period, description)


def logs(incident, name, trouble=(), usual=None, a_minute=3, trouble_a_minute=4):
    """Log lines of a function for a quarter of an hour before the onset, and further ones since."""
    rng = noise.seeded(incident.name, name, "log")
    identity = lambda: f"{rng.getrandbits(32):08x}-{rng.getrandbits(16):04x}-4{rng.getrandbits(12):03x}"
    usual = usual or ("INFO request {id} answered 200 in {ms} ms", "INFO request {id} for customer {n} accepted")

    def say(minute, message):
        text = message.format(id=identity(), ms=rng.randint(20, 160), n=rng.randint(10_000, 99_999))
        incident.log(function(name), -minute, text, seconds=rng.randint(0, 58))

    for minute in range(-21, 8):
        for _ in range(a_minute):
            say(minute, rng.choice(usual))
        if incident.since_onset(minute) >= 0:
            for _ in range(trouble_a_minute if trouble else 0):
                say(minute, rng.choice(trouble))
    return incident
