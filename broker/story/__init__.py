"""The story: questions from a file, played by people over the doors that a browser uses.

Speaks HTTP and WebSocket only, to a service that runs elsewhere; it reads no table. May import
the pure words of `consults`, `billing` and `broker` (states, tiers, frames), nothing else of them.
"""
