"""Whether a sort code and an account number fit each other, by the published modulus rules. A hint, never a refusal."""
