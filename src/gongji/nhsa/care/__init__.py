"""What transactions have in common: whom and which case they are about, what it comes to."""
