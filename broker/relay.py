"""Hints over the channel layer: identifiers and sequence numbers, never content."""
