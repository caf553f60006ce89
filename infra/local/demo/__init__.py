"""`make demo`: six incidents, broken by real API calls, lived through on a local AWS."""
