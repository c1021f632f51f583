"""A request that arrives twice has one effect: double clicks, retries after a crash, `Idempotency-Key`."""
