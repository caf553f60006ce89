from demo.state_path import is_news, summarize


def test_summarize_counts_loops() -> None:
    states = ["Start", "Verify", "IsItGone?", "Wait", "Verify", "IsItGone?", "Wait", "Verify", "IsItGone?", "End"]
    assert summarize(states) == "Start → (Verify → IsItGone? → Wait) ×2 → Verify → IsItGone? → End"


def test_summarize_without_loops_is_the_path() -> None:
    assert summarize(["A", "B", "C"]) == "A → B → C"


def test_is_news_leaves_out_choices_and_repetitions() -> None:
    states = ["Verify", "IsItGone?", "Wait", "Verify", "IsItGone?", "Wait", "End"]
    assert [states[index] for index in range(len(states)) if is_news(states, index)] == ["Verify", "Wait", "End"]


def test_is_news_a_second_verdict_is() -> None:
    states = ["Authorize", "NotifyApprovalNeeded", "RequestApproval", "Authorize"]
    assert is_news(states, 3)
