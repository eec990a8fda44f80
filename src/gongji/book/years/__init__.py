"""Years that are closed, and how they are."""
