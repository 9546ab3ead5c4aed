"""The record and the words of the law: entries, the tree over them, dated rules.

Imports no other app: the record must not depend on what it records.
"""
