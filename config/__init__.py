"""Assembles the house: settings, URLs, the servers and the command line.

May import everything; nobody imports it.
"""
