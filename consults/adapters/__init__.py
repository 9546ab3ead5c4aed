"""Where care meets the outside: paper as PDF, the secure mail that carries it, and who vouches."""
