"""What may be said about a failure: its type and its place in our code, never its message (promise 10)."""

from __future__ import annotations

from backend.kernel.privacy import OUR_APPS

ERROR_LENGTH = 200


def describe(error: BaseException) -> str:
    """Such as "payments.gateways.data.Refused at payments.payouts.handlers:41"."""
    kind = type(error)
    place = ""
    step = error.__traceback__
    while step is not None:
        module = step.tb_frame.f_globals.get("__name__", "?")
        if not place or module.split(".")[0] in OUR_APPS:
            place = f"{module}:{step.tb_lineno}"
        step = step.tb_next
    return f"{kind.__module__}.{kind.__qualname__} at {place or '?'}"[:ERROR_LENGTH]
