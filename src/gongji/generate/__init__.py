"""Invented persons and a year of their bills, for any policy and in any number."""
