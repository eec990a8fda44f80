"""What the book and institutions settle with each other: reconciliation, payment, trial balance."""
