"""The plan of faults depends on its seed and on nothing else, and reaches every point."""

from fault_plan import POINTS, faults_of, start_faults
from local_aws.faults.rules import parse
from targets import KINDS

_MANY = 1000


def test_plan_of_the_same_seed_is_the_same_and_of_another_is_another() -> None:
    plans = [[faults_of(seed, number, "alias") for number in range(20)] for seed in (1, 1, 2)]
    assert plans[0] == plans[1] != plans[2]
    assert start_faults(1, 100) == start_faults(1, 100) != start_faults(2, 100)


def test_plan_of_one_incident_does_not_depend_on_how_many_there_are() -> None:
    assert start_faults(1, 100)[:3] == start_faults(1, 1000)[:3]


def test_every_point_meets_every_way_to_fail_and_the_local_aws_takes_each() -> None:
    met = set()
    for kind in KINDS:
        for number in range(_MANY):
            for planned in faults_of(7, number, kind):
                fault = parse(planned.description)
                way = "kills" if fault.kills else "fails" if fault.error else "slow"
                met.add((fault.action, fault.caller, fault.contains, way))
    for point in POINTS:
        resource = (point.resource,) if point.resource else ()
        for way in ("kills", "fails", "slow") if point.can_kill else ("fails", "slow"):
            assert (point.action, point.caller, resource, way) in met
    assert all(parse(one) for one in start_faults(7, _MANY))


def test_point_of_one_kind_is_met_by_that_kind_alone() -> None:
    for kind in KINDS:
        own = {(point.action, point.caller) for point in POINTS if not point.kinds or kind in point.kinds}
        drawn = [planned.description for number in range(_MANY) for planned in faults_of(3, number, kind)]
        assert {(one["action"], one["caller"]) for one in drawn} == own


def test_fault_never_meets_a_call_that_is_not_nightshifts() -> None:
    others = "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:user/oncall"
    assert not [point for point in POINTS for caller in others if point.caller in caller]
