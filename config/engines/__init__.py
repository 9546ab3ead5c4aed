"""Embedded services: a real PostgreSQL and a real Valkey from wheels, with no server to set up.

One keeper process per data folder runs both (`keeper`). Every program that needs them holds a
connection to the keeper (`holding`); when the last one lets go, or is killed, the keeper stops
its servers and ends. So nothing stays behind, and a short command beside a running service
leaves the service alone.
"""
