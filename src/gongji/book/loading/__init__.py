"""Bringing a city in from tables: what they look like, their rows, and the whole as one act."""
