"""Claims for what a person has paid."""
