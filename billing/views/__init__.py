"""Doors of the money: webhooks, the way back from a hosted page, papers, books."""
