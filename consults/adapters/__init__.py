"""Where care meets the outside: paper as PDF, and the secure mail that carries it."""
