"""Turns of a life: retiring, moving to another area."""
