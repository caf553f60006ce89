import pytest

from recordings import log_lines, log_sets
from recordings.log_sets import NoLogs


def test_grouping_accuracy_counts_only_exact_groups():
    templates = ("a", "a", "b", "c", "c")
    assert log_sets.grouping_accuracy(["1", "1", "2", "3", "3"], templates) == 1.0
    # b joins c: neither group is exact any more.
    assert log_sets.grouping_accuracy(["1", "1", "3", "3", "3"], templates) == 0.4
    assert log_sets.grouping_accuracy(["1"], templates) == 0.0


def test_find_reads_messages_as_lines(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop_2k.log_structured.csv").write_text('LineId,Content,EventId\n1,"a\nb",E1\n2,c,E2\n')
    (sample,) = log_sets.find([tmp_path])
    assert sample == log_sets.LogSample("shop", ("a b", "c"), ("E1", "E2"))
    log_sets.write_messages(sample, tmp_path / "messages")
    assert (tmp_path / "messages").read_text() == "a b\nc\n"
    with pytest.raises(NoLogs):
        log_sets.find([tmp_path / "none"])


def test_groups_are_what_stands_before_the_tab(tmp_path):
    answer = tmp_path / "answer"
    answer.write_bytes(b"1\ta <*>\n2\tb\rc\t\xff\n1\ta <*>\n")
    assert list(log_sets.groups_of(answer)) == ["1", "2", "1"]


def test_made_up_lines_are_as_many_as_asked_for_and_always_the_same():
    lines = b"".join(log_lines.blocks(25_001))
    assert lines.count(b"\n") == 25_001 and lines == b"".join(log_lines.blocks(25_001))
    assert len(set(lines.splitlines())) > 20_000
