"""The catalogue, and fee lines worked out of it."""
