"""Data keys, in a database of their own: a copy of the data without them opens nothing (threat model 5.4)."""
