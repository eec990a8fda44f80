"""A small invented city in a book, so that a newcomer sees life at once."""
