"""What institutions send by the national interface, kept until the book settles it."""
