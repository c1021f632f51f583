"""Kill -9 at every commit and every call to the outside.

`killpoints` is the instrument (loaded into processes under test by `inject/sitecustomize.py`, never by the product),
`armed` starts the product with it, `effects` says what a run has left behind, `mutants` are programs made wrong on
purpose, `hurry` shortens waits. A run is walked twice: recorded undisturbed, and killed at every point; both must
leave the same rows, the same book at the payment provider, and the same mails but for those that a death right after
sending repeats (at least once, and said so).
"""
