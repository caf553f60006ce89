import pytest

_DOCUMENT = "Nightshift-RestoreParameter"


@pytest.fixture
def parameter(aws, name):
    """Name of a parameter whose versions 1, 2 and 3 are good, other and bad."""
    ssm = aws.client("ssm")
    for value in ("good", "other", "bad"):
        ssm.put_parameter(Name=f"/{name}/flag", Value=value, Type="String", Overwrite=True)
    return f"/{name}/flag"


def _current(aws, parameter) -> tuple[str, int]:
    found = aws.client("ssm").get_parameter(Name=parameter)["Parameter"]
    return found["Value"], found["Version"]


def _restore(automations, parameter, restore, expected):
    return automations.run(
        _DOCUMENT,
        {"ParameterName": parameter, "RestoreVersion": str(restore), "ExpectedVersion": str(expected)},
    )


def test_restore_gives_the_earlier_value_back(aws, automations, parameter):
    run = _restore(automations, parameter, restore=1, expected=3)
    assert run.status == "Success", run.failure
    assert run.output("RecordState.VersionBefore") == "3"
    assert run.output("ConfirmRestored.VersionAfter") == "4"
    assert _current(aws, parameter) == ("good", 4)


def test_restore_twice_is_once(aws, automations, parameter):
    _restore(automations, parameter, restore=1, expected=3)
    again = _restore(automations, parameter, restore=1, expected=3)
    assert again.status == "Success", again.failure
    assert again.step_status("RestoreValue") == "Pending"
    assert "No output available" in again.output("RestoreValue.Version")
    assert again.output("ConfirmRestored.VersionAfter") == "4"
    assert _current(aws, parameter) == ("good", 4)


def test_restore_undone_twice_is_undone_once(aws, automations, parameter):
    done = _restore(automations, parameter, restore=1, expected=3)
    before, after = done.output("RecordState.VersionBefore"), done.output("RestoreValue.Version")
    for _ in range(2):
        undone = _restore(automations, parameter, restore=before, expected=after)
        assert undone.status == "Success", undone.failure
        assert _current(aws, parameter) == ("bad", 5)


def test_restore_of_a_parameter_changed_since_touches_nothing(aws, automations, parameter):
    run = _restore(automations, parameter, restore=1, expected=2)
    assert run.status == "Failed"
    assert run.step_status("AssertUnchangedSinceDiagnosis") == "Failed"
    assert "3" in run.failure
    assert _current(aws, parameter) == ("bad", 3)


@pytest.mark.parametrize("version", ["0", "9"])
def test_restore_of_a_version_that_is_not_there_touches_nothing(aws, automations, parameter, version):
    run = _restore(automations, parameter, restore=version, expected=3)
    assert run.status == "Failed"
    assert "ParameterVersionNotFound" in run.failure
    assert _current(aws, parameter) == ("bad", 3)


def test_restore_keeps_a_string_list_one(aws, automations, name):
    ssm = aws.client("ssm")
    for value in ("a,b", "a"):
        ssm.put_parameter(Name=name, Value=value, Type="StringList", Overwrite=True)
    assert _restore(automations, name, restore=1, expected=2).status == "Success"
    found = ssm.get_parameter(Name=name)["Parameter"]
    assert (found["Type"], found["Value"]) == ("StringList", "a,b")


def test_restore_of_a_secret_is_refused_and_shows_nothing_of_it(aws, automations, name):
    ssm = aws.client("ssm")
    for value in ("first-secret", "second-secret"):
        ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    run = _restore(automations, name, restore=1, expected=2)
    assert run.status == "Failed"
    assert run.step_status("AssertCurrentIsNoSecret") == "Failed"
    assert "-secret" not in str(run.view)
    assert ssm.get_parameter(Name=name)["Parameter"]["Version"] == 2
