"""The policy library: every policy read aloud, every clause with where it lives."""
