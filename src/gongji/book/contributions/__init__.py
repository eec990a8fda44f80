"""What is due and what arrived, and the benefit that follows."""
