"""Exact analysis of a policy: what it pays for every bill, from breakpoint to breakpoint."""
