"""Money: quotes, legs, operations, passes, two parties' books that never meet.

May import consults and audit.
"""
