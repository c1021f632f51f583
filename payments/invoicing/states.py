"""The life of an invoice. An issued one is never edited: a credit note takes back what was wrong."""

from __future__ import annotations

from django.db.models import TextChoices


class InvoiceState(TextChoices):
    ISSUED = "issued", "Waiting for payment"
    PART_PAID = "part_paid", "Partly paid"
    PAID = "paid", "Paid"
    CREDITED = "credited", "Cancelled by a credit note"
    GIVEN_UP = "given_up", "Written off"


class InvoiceMove(TextChoices):
    PAY_PART = "pay_part", "Record a part payment"
    PAY_ALL = "pay_all", "Record the payment"
    CREDIT = "credit", "Credit"
    GIVE_UP = "give_up", "Write off what is left"


S, M = InvoiceState, InvoiceMove
MOVES = {
    (S.ISSUED, M.PAY_PART): S.PART_PAID,
    (S.ISSUED, M.PAY_ALL): S.PAID,
    (S.ISSUED, M.CREDIT): S.CREDITED,
    (S.PART_PAID, M.PAY_PART): S.PART_PAID,
    (S.PART_PAID, M.PAY_ALL): S.PAID,
    (S.PART_PAID, M.CREDIT): S.CREDITED,
    # Money can come in twice (card and bank at once), or after a credit note; it is kept and shown, never refused.
    (S.PAID, M.PAY_ALL): S.PAID,
    (S.PAID, M.CREDIT): S.CREDITED,
    (S.CREDITED, M.PAY_ALL): S.CREDITED,
    (S.CREDITED, M.PAY_PART): S.CREDITED,
    (S.ISSUED, M.GIVE_UP): S.GIVEN_UP,
    (S.PART_PAID, M.GIVE_UP): S.GIVEN_UP,
    # Somebody pays after all: the loss is taken back by that much.
    (S.GIVEN_UP, M.PAY_PART): S.GIVEN_UP,
    (S.GIVEN_UP, M.PAY_ALL): S.PAID,
    (S.GIVEN_UP, M.CREDIT): S.CREDITED,
}
