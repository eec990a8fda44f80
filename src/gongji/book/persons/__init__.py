"""Persons: who they are, what is true of them, which schemes insure them."""
