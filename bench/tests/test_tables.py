import tables


def test_cold_start_and_memory_are_held_to_their_targets():
    targets = (tables._COLD_START, tables._FASTER, tables._MEMORY)
    assert [str(target) for target in targets] == ["≤ 15 ms", "≥ 30 ×", "≤ 20 MiB"]
