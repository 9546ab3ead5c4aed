"""The words of care that people agree to: dated data and its reading, nothing else."""
