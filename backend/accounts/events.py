"""Topics this area publishes. The payload is always one id."""

CODE_ASKED = "accounts.code_asked"  # id of the SignInCode
