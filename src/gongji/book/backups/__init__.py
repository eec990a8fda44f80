"""A book as one file, taken while others write, and put back elsewhere."""
