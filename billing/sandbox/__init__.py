"""A wire-level double of the few Stripe endpoints that the product uses.

Real HTTP for the real SDK: one universe per connected account, hosted pages, kept answers under
idempotency keys, signed webhooks to two endpoints, faults on demand. No money moves here.
"""
