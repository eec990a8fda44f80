"""A settlement explained: who pays what, and every step that made it so."""
