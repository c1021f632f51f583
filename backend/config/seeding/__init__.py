"""A made-up network, the same for the same seed. Nobody in it exists.

`story` walks the real use cases with the clock moving from months ago to now, so that every state is there and every
record beside it. `bulk` writes many people straight into the tables, for measurements.
"""
