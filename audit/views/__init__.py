"""The reviewers' door: entries, decisions, money as recorded, and their proofs."""
