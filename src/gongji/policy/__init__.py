"""Policies: files of rules read into a typed, immutable, cited model."""
