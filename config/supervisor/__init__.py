"""Runs a whole service on one machine: embedded services, programs, and an orderly end.

`tree` keeps the programs alive; `launch` puts a service together around it.
"""
