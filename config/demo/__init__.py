"""The demonstration's people, and the page that says how to meet them.

They exist with test keys on this machine only; `check --deploy` refuses a service that has any.
"""
