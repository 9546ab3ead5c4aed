"""What the doors show: the queue, a thread, where a question stands, and why."""
