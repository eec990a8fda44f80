"""The book: people, their insurance, their visits and the money, kept for years and never lost."""
