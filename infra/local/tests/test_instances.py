import pytest

_OUTPUTS = ("RecordState.StateBefore", "ConfirmState.StateAfter")


@pytest.fixture
def instance(aws) -> str:
    """Id of a running instance."""
    ec2 = aws.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    return ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]


def _state(aws, instance) -> str:
    found = aws.client("ec2").describe_instances(InstanceIds=[instance])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def _run(automations, verb, instance):
    return automations.run(f"Nightshift-{verb}Instance", {"InstanceId": instance})


def test_stop_and_start_change_the_instance(aws, automations, instance):
    for verb, before, after in [("Stop", "running", "stopped"), ("Start", "stopped", "running")]:
        run = _run(automations, verb, instance)
        assert run.status == "Success", run.failure
        assert [run.output(name) for name in _OUTPUTS] == [before, after]
        assert run.output(f"{verb}Instance.StateBefore") == before
        assert _state(aws, instance) == after


@pytest.mark.parametrize(("verb", "after"), [("Stop", "stopped"), ("Start", "running")])
def test_start_or_stop_twice_is_once(aws, automations, instance, verb, after):
    _run(automations, verb, instance)
    again = _run(automations, verb, instance)
    assert again.status == "Success", again.failure
    assert again.step_status(f"{verb}Instance") == "Pending"
    assert [again.output(name) for name in _OUTPUTS] == [after, after]


def test_start_undone_twice_is_undone_once(aws, automations, instance):
    aws.client("ec2").stop_instances(InstanceIds=[instance])
    _run(automations, "Start", instance)
    for _ in range(2):
        assert _run(automations, "Stop", instance).status == "Success"
        assert _state(aws, instance) == "stopped"


@pytest.mark.parametrize("verb", ["Start", "Stop"])
def test_start_or_stop_of_a_terminated_instance_touches_nothing(aws, automations, instance, verb):
    aws.client("ec2").terminate_instances(InstanceIds=[instance])
    run = _run(automations, verb, instance)
    assert run.status == "Failed"
    assert run.step_status(f"{verb}Instance") == "Pending"


@pytest.mark.parametrize("verb", ["Start", "Stop"])
def test_start_or_stop_of_an_unknown_instance_fails(automations, verb):
    run = _run(automations, verb, "i-0123456789abcdef0")
    assert run.status == "Failed"
    assert "InvalidInstanceID.NotFound" in run.failure
