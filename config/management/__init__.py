"""Commands of the assembled house."""
