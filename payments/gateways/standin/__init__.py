"""A stand-in for Stripe that speaks its HTTP: for tests and the demo, on this machine only.

It keeps a book of its own, so that tests have an outside witness.
"""
