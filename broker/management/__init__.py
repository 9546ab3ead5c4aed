"""Commands of the broker: parse, call, print."""
