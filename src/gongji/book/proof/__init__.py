"""The proof of a book: everything worked out anew, many settlements at a time."""
