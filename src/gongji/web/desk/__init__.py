"""The desk: what a window clerk does about persons, and what waits to be done."""
