"""The services behind the transactions, a subject a module; each lists its own in `SERVICES`."""
