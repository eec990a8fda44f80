"""Estimates side by side: up to four, all of them in the address, so a link is the comparison."""
