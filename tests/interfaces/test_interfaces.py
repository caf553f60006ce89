"""Services that the local AWS lacks: each request that we build, and each answer that our tests give to it, fits AWS's model.

So what is left untested is what those services do, not how they are asked and how they answer.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import calls
from calls import ROOT, Call
from models import operation
from values import differences
from wire import Unreadable, answer, request

# Only tests that call a service: the others take longer than all of these.
_TESTS = (
    "signed_http",
    "context_sources",
    "account",
    "telemetry",
    "team_knowledge",
    "model::tests",
    "actions::modes",
    "dead_letters",
    "log_key",
    "webhook_secrets",
)
# Tests of what is made of an answer that is none; each of them gives one.
_MALFORMED_ON_PURPOSE = frozenset(
    {
        "account::resources::findings::tests::open_findings_without_security_hub_are_none_and_any_other_refusal_is_an_error",
        "account::function_configuration::tests::configuration_that_is_refused_or_none_is_an_error_that_quotes_no_value",
        "actions::modes::tests::change_calendars_are_asked_in_one_call_and_each_answer_means_one_thing",
        "actions::modes::tests::secret_is_asked_for_decrypted_and_no_error_quotes_it",
        "account::ecs::tests::service_that_is_not_there_is_none_and_a_missing_cluster_an_error",
        "account::topology::tagging::tests::answer_of_another_shape_is_refused",
        "context_sources::log_insights::tests::query_whose_results_do_not_come_is_stopped",
        "context_sources::tests::look_at_what_answers_otherwise_is_invalid",
        "log_key::tests::public_key_is_decoded_and_one_that_cannot_be_is_an_error",
        "signed_http::tests::answer_of_an_operation_with_larger_pages_is_read_up_to_its_own_limit",
        "signed_http::tests::answer_that_is_not_what_it_should_be_is_invalid",
        "signed_http::tests::answer_that_is_too_large_is_not_read",
        "webhook_secrets::tests::secret_that_is_missing_short_or_not_encrypted_is_an_error_that_does_not_quote_it",
    }
)
_TIMEOUT_SECONDS = 1200.0


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """What the Rust tests ask their loopback, and what it answers."""
    recording = tmp_path_factory.mktemp("interfaces") / "calls.jsonl"
    command = ["cargo", "test", "--locked", "--quiet", "-p", "aws", "--all-features", "--lib", "--", *_TESTS]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NIGHTSHIFT_RECORDED_CALLS": str(recording)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return calls.read(recording)


def test_every_declared_operation_was_asked(recorded: list[Call]) -> None:
    asked = {(one.service_model.service_id, one.name) for one in map(operation, recorded)}
    declared = calls.declared()
    assert len(declared) > 25
    assert declared - asked == set(), "declared, but no test asks it: nothing compares its request with AWS's model"


def test_every_request_fits_its_operation(recorded: list[Call]) -> None:
    assert list(dict.fromkeys(found for call in recorded for found in _of_request(call))) == []


def test_every_answer_fits_its_operation(recorded: list[Call]) -> None:
    given = [call for call in recorded if call.status == 200 and call.test not in _MALFORMED_ON_PURPOSE]
    assert list(dict.fromkeys(found for call in given for found in _of_answer(call))) == []


def test_no_test_is_excused_for_nothing(recorded: list[Call]) -> None:
    malformed = {call.test for call in recorded if call.status == 200 and any(_of_answer(call))}
    assert malformed == _MALFORMED_ON_PURPOSE


def _of_request(call: Call) -> Iterator[str]:
    model = operation(call)
    try:
        given = request(model, call)
    except Unreadable as error:
        yield f"{model.name} ({call.test}): {error}"
        return
    if model.input_shape:
        for found in differences(model.input_shape, given, model.name, is_request=True):
            yield f"{found} ({call.test})"


def _of_answer(call: Call) -> Iterator[str]:
    model = operation(call)
    if model.has_streaming_output or model.output_shape is None:
        return
    try:
        given = answer(model, call)
    except Unreadable as error:
        yield f"{model.name} ({call.test}): {error}"
        return
    for found in differences(model.output_shape, given, model.name, is_request=False):
        yield f"{found} ({call.test})"
