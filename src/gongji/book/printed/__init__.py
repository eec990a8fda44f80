"""What is printed: the figures of statements, as they stand and as they stood, and their codes."""
