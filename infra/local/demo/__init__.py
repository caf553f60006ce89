"""`make demo`: runs seven incidents on a local AWS. Each is caused by real API calls and handled by a deployed Nightshift."""
