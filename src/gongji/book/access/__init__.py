"""Who may use the book: users, their sessions, and who saw what."""
