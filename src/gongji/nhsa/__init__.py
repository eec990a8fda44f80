"""The national interface by which hospitals and pharmacies talk to an insurance agency."""
