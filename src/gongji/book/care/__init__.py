"""Visits: opened, settled, taken back, settled again."""
