"""Bedrock's Converse: no model, but everything around one. See ../../README.md."""
