"""What is registered on application, and what bills gain by it."""
