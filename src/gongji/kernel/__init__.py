"""The kernel: a policy as one compiled loop over columns of claims, exact to the fen."""
