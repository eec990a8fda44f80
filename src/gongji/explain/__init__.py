"""Explanations: what a settlement says, in sentences, tables and records made from its steps."""
