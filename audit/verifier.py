"""Verify an export of the log with the standard library alone."""
