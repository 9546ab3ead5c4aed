"""Doors, routing and deadlines: where care, money and the queue meet.

May import billing, consults and audit.
"""
