"""The report of a run, for people."""

from collections import Counter

from campaign import Report


def text(report: Report) -> str:
    incidents = [incident for facts in report.facts for incident in facts.incidents]
    ends = Counter(incident.resolution or f"waits or did not end ({incident.status})" for incident in incidents)
    events = Counter(str(outcome) for facts in report.facts for outcome in facts.outcomes.values())
    states = Counter(facts.state for facts in report.facts)
    automations = sum(len(facts.automations) for facts in report.facts)
    lines = [
        f"seed {report.seed}: {len(report.facts)} broken targets in {report.took_seconds:.0f} s",
        f"faults that met calls: {report.faults_met}, calls that met them: {report.calls_met}",
        f"events: {_counts(events)}; redriven: {report.redriven}; incidents that only the sweep ended: {report.swept}",
        f"incidents: {_counts(ends)}",
        f"targets at the end: {_counts(states)}; automations: {automations}",
        f"audit chain: {'intact' if report.audit.is_intact else report.audit.output}",
    ]
    by_number = {facts.number: facts for facts in report.facts}
    for number, found in sorted(report.violations.items()):
        lines.append(f"incident {number}:")
        lines += [f"  VIOLATION {one}" for one in found]
        lines += [f"  fault {one}" for one in by_number[number].faults]
        for one in by_number[number].incidents:
            lines.append(f"  {one.incident_id}: {one.status}, execution {one.execution}: {one.reason}")
    lines.append("every invariant holds" if report.has_passed else f"{len(report.violations)} incidents violate an invariant")
    return "\n".join(lines)


def _counts(counter: Counter) -> str:
    return ", ".join(f"{count} {what}" for what, count in counter.most_common()) or "none"
