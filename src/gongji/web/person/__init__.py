"""A person and their year, for themselves and for the desk: the same parts, two views."""
