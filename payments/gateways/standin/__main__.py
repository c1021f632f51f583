"""Run the stand-in: `python -m payments.gateways.standin --port 12111 --book var/demo/stripe.sqlite3`."""

from __future__ import annotations

import argparse
import contextlib
import signal

from payments.gateways.standin import faults
from payments.gateways.standin.server import StandIn, Webhooks


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Stripe on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--book", default=":memory:", help="a SQLite file, so that it survives a restart")
    parser.add_argument(
        "--webhooks", default="", help="where to deliver, such as http://127.0.0.1:8000/webhooks/stripe"
    )
    parser.add_argument("--secrets", default="", help="platform:whsec_...,connect:whsec_...,thin:whsec_...")
    parser.add_argument("--faults", default="", help="shares of requests, such as cut_after=0.05,busy=0.03")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--opening", type=int, default=0, help="opening balance in pence, once per book")
    options = parser.parse_args()
    standin = StandIn(
        book=options.book,
        host=options.host,
        port=options.port,
        webhooks=Webhooks(options.webhooks, dict(p.split(":", 1) for p in options.secrets.split(",") if ":" in p)),
        faults=faults.Faults(faults.parse(options.faults), options.seed),
        opening=options.opening,
    )

    def leave(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    print(f"stand-in for Stripe: {standin.base}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        standin.serve()


if __name__ == "__main__":
    main()
