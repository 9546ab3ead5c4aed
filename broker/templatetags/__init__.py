"""Filters of the broker’s pages."""
