"""Statements on A4: one record as a page, as a PDF, as JSON; and whether a paper's code holds."""
