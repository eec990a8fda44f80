"""Money at the desk: balances, runs, reconciliation, years, the catalogue, users, the trail."""
