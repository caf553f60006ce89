"""The program that makes a solver of the package, and what is said where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policies import DEFAULT, SOLVER, nightshift

SESSION = """\
(reset)
(set-option :produce-models true)
(set-logic ALL)
; a comment with ( and "
(declare-datatype T (
  (left)
  (right)))
(declare-const text String)
(assert (= text "a "" ) ; |"))
(check-sat)
(get-model)
(reset)
(set-logic ALL)
(assert tomato)
(reset)
(set-logic ALL)
(declare-const text Int)
(assert (and (> text 1) (< text 2)))
(check-sat)
"""


def _solve(text: str, *options: str) -> str:
    ended = subprocess.run([SOLVER, "--lang", "smt", *options], input=text, capture_output=True, text=True, check=True)
    return ended.stdout


def test_session_answers_commands_over_lines_and_forgets_at_a_reset():
    expected = """\
sat
(
(define-fun text () String "a "" ) ; |")
)
(error "Symbol 'tomato' not declared as a variable")
unsat
"""
    assert _solve(SESSION) == expected


def test_each_command_is_answered_before_the_next_is_sent():
    with subprocess.Popen([SOLVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as solver:
        for assertion, expected in (("true", "sat\n"), ("false", "unsat\n")):
            solver.stdin.write(f"(reset)\n(set-logic ALL)\n(assert {assertion})\n(check-sat)\n")
            solver.stdin.flush()
            assert solver.stdout.readline() == expected
        solver.stdin.close()


def test_time_limit_is_cvc5s_own():
    # Three cubes that sum to 42 have seventeen digits.
    hard = "(set-logic ALL)\n(declare-const x Int)(declare-const y Int)(declare-const z Int)\n"
    hard += "(assert (= 42 (+ (* x x x) (* y y y) (* z z z))))\n(check-sat)\n"
    assert _solve(hard, "--tlimit-per=300") == "unknown\n"


def test_python_without_the_package_says_how_to_get_it(tmp_path: Path):
    # Elsewhere there is no .tools.
    folder = tmp_path / "infra/solver"
    folder.mkdir(parents=True)
    copy = folder / SOLVER.name
    copy.write_bytes(SOLVER.read_bytes())
    ended = subprocess.run([sys.executable, "-I", copy], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"the Python package cvc5 is not installed: run `make setup` in {tmp_path}\n"


@pytest.mark.parametrize("command", [("prove",), ("diff", DEFAULT, DEFAULT)], ids=["prove", "diff"])
@pytest.mark.parametrize("solver", [None, "/there/is/none", "false"])
def test_missing_solver_is_told_with_the_commands_that_install_it(command: tuple, solver: str | None, tmp_path: Path):
    path = os.environ["PATH"] if solver else str(tmp_path)
    ended = nightshift(*command, solver=solver, path=path)
    assert (ended.returncode, ended.stdout) == (3, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"nightshift: the solver {solver or 'cvc5'} cannot be used: ")
    assert '`make setup`, then `export CVC5="$PWD/infra/solver/cvc5_stdio.py"`' in line


def test_solver_that_dies_leaves_the_invariants_unknown(tmp_path: Path):
    program = tmp_path / "solver"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "This is cvc5 version 9" && exit\nexit 7\n')
    program.chmod(0o755)
    ended = nightshift("prove", solver=program)
    assert ended.returncode == 1
    assert "unknown  kill-switch: " in ended.stdout
    assert ", 0 refuted, 0 vacuous, " in ended.stdout.splitlines()[-1]
