"""The functions, served for `cargo lambda invoke` on a local AWS: `python -m watch`, with infra/local on PYTHONPATH."""
