"""The entrance: signing in and out, and what tells a reader's own requests from forged ones."""
