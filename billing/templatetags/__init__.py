"""Template tags on money."""
