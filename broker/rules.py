"""Routing as pure decisions: who may take a question, and in which order."""
