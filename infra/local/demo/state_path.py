"""Summarizes the states that an execution passed through: a loop is written once, with its count."""

_LONGEST_ROUND = 4


def summarize(states: list[str]) -> str:
    parts = []
    at = 0
    while at < len(states):
        length, times = _round_at(states, at)
        names = " → ".join(states[at : at + length])
        parts.append(f"({names}) ×{times}" if times > 1 else names)
        at += length * times
    return " → ".join(parts)


def is_news(states: list[str], index: int) -> bool:
    """Whether the state gets a line of its own: choices and repetitions of a loop do not."""
    tasks = [name for name in states[:index] if not _is_choice(name)]
    return not _is_choice(states[index]) and states[index] not in tasks[-2:]


def _is_choice(name: str) -> bool:
    """Choice states of our state machines have a question for a name."""
    return name.endswith("?")


def _round_at(states: list[str], at: int) -> tuple[int, int]:
    """The length of the loop that begins here, and how often it runs."""
    for length in range(1, _LONGEST_ROUND + 1):
        one = states[at : at + length]
        times = 1
        while states[at + length * times : at + length * (times + 1)] == one:
            times += 1
        if times > 1:
            return length, times
    return 1, 1
