"""A tiny Django app for tests with real processes: two handlers whose effects can be counted from outside."""
