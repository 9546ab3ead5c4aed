"""Sockets of a thread: parse a frame, read the clock once, call one action."""
