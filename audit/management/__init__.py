"""Commands of the record: parse, call, print."""
