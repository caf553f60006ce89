"""Calls to AWS that fail, are throttled or are slow, chosen by a test: see README, Faults."""
