"""Invoices, what came in for them, and the agreements under which the network bills on a person's behalf."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from payments.invoicing.states import InvoiceState

_BILLING = Personal(Sensitivity.S1, "requester", "the customer; finance", "6 years after the tax year", "kept by law")
_WHO = Personal(Sensitivity.S1, "staff", "finance; auditors", "6 years after the tax year", "kept: opaque reference")
_REF = Personal(Sensitivity.S2, "payee", "finance", "6 years after the tax year", "kept: opaque reference")


class Customer(Row):
    """Whom invoices go to; `id` is the customer_ref. Each has a series of its own, so that a number says nothing about
    how many others there are (bar P4)."""

    name = models.CharField(max_length=200)
    address = models.TextField()  # lines
    email = models.CharField(max_length=254)
    order_reference = models.CharField(max_length=60, blank=True)
    terms_days = models.PositiveSmallIntegerField(default=30)
    endpoint_scheme = models.CharField(max_length=10, blank=True)
    endpoint_id = models.CharField(max_length=50, blank=True)
    series = models.CharField(max_length=8, unique=True)
    next_invoice = models.PositiveIntegerField(default=1)
    next_credit = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    PRIVACY = Declares(
        technical="id terms_days endpoint_scheme endpoint_id series next_invoice next_credit updated_at",
        personal={"name": _BILLING, "address": _BILLING, "email": _BILLING, "order_reference": _BILLING},
    )

    class Meta:
        db_table = "payments_customer"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(terms_days__gte=1) & Q(terms_days__lte=60), name="customer_terms"),
        ]


class Invoice(Row):
    """Carries what it said on the day it was issued; later changes to the customer do not reach it."""

    key = models.CharField(max_length=160, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=20, unique=True)
    reference = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=InvoiceState.choices)
    issued_on = models.DateField()
    due_on = models.DateField()
    name = models.CharField(max_length=200)
    address = models.TextField()
    order_reference = models.CharField(max_length=60, blank=True)
    total_pence = models.BigIntegerField()
    paid_pence = models.BigIntegerField(default=0)
    credited_pence = models.BigIntegerField(default=0)
    written_off_pence = models.BigIntegerField(default=0)
    issued_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id key customer number reference state issued_on due_on total_pence paid_pence credited_pence "
        "written_off_pence "
        "issued_at settled_at",
        personal={"name": _BILLING, "address": _BILLING, "order_reference": _BILLING},
    )

    class Meta:
        db_table = "payments_invoice"
        indexes: ClassVar = [models.Index(fields=["customer", "-issued_at"], name="invoice_by_customer")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=InvoiceState.values), name="invoice_state_known"),
            models.CheckConstraint(
                condition=Q(total_pence__gt=0) & Q(paid_pence__gte=0) & Q(credited_pence__gte=0), name="invoice_sums"
            ),
            models.CheckConstraint(
                condition=Q(credited_pence__lte=F("total_pence")), name="invoice_credit_at_most_all"
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(total_pence__lte=F("paid_pence") + F("credited_pence")),
                name="invoice_paid_means_paid",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="invoice_due_after_issue"),
            models.CheckConstraint(
                condition=Q(written_off_pence__gte=0) & Q(written_off_pence__lte=F("total_pence")),
                name="invoice_written_off_at_most_all",
            ),
        ]


class InvoiceLineRow(Row):
    """Append-only."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200)
    amount_pence = models.BigIntegerField()

    PRIVACY = Declares(technical="id invoice position description amount_pence")

    class Meta:
        db_table = "payments_invoice_line"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.CheckConstraint(condition=Q(amount_pence__gt=0), name="invoice_line_positive"),
        ]


class CreditNote(Row):
    """Append-only."""

    key = models.CharField(max_length=160, unique=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(max_length=20, unique=True)
    amount_pence = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)

    PRIVACY = Declares(technical="id key invoice number amount_pence reason issued_on issued_at actor_ref")

    class Meta:
        db_table = "payments_credit_note"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount_pence__gt=0), name="credit_note_positive")]


class InvoiceReceipt(Row):
    """Money that came in. Append-only; `key` makes it happen once ("card:{session}", "bank:{invoice}:{statement}")."""

    key = models.CharField(max_length=160, unique=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="receipts")
    how = models.CharField(max_length=10)
    amount_pence = models.BigIntegerField()
    received_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)

    PRIVACY = Declares(technical="id key invoice how amount_pence received_on recorded_at actor_ref")

    class Meta:
        db_table = "payments_invoice_receipt"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_pence__gt=0), name="receipt_positive"),
            models.CheckConstraint(condition=Q(how__in=["card", "bank"]), name="receipt_how_known"),
        ]


class WriteOff(Row):
    """Somebody of finance asks that the rest of an invoice be given up; another agrees or refuses (four eyes)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="write_offs")
    amount_pence = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, default="asked")
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    asked_session = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_session = models.CharField(max_length=80, blank=True)

    PRIVACY = Declares(
        technical="id invoice amount_pence reason state asked_at asked_session decided_at decided_session",
        personal={"asked_by": _WHO, "decided_by": _WHO},
    )

    class Meta:
        db_table = "payments_write_off"
        indexes: ClassVar = [models.Index(fields=["state", "asked_at"], name="write_off_by_state")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["asked", "approved", "refused"]), name="write_off_state"),
            models.CheckConstraint(condition=Q(amount_pence__gt=0) & ~Q(reason=""), name="write_off_says_why"),
            models.UniqueConstraint(fields=["invoice"], condition=Q(state="asked"), name="write_off_asked_once"),
            models.CheckConstraint(
                condition=Q(state="asked") | (Q(decided_by__isnull=False) & ~Q(decided_session="")),
                name="write_off_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (~Q(decided_by=F("asked_by")) & ~Q(decided_session=F("asked_session"))),
                name="write_off_four_eyes",
            ),
        ]


class LateClaim(Row):
    """Statutory interest claimed on a late invoice, with the figures it was worked out from. Append-only."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="late_claims")
    claimed_as = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="claim_of")
    from_day = models.DateField()  # the first day that bears interest
    to_day = models.DateField()  # the last one
    rate_basis_points = models.PositiveIntegerField()
    rate_source = models.CharField(max_length=600)
    interest_pence = models.BigIntegerField()
    compensation_pence = models.BigIntegerField()
    claimed_at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)

    PRIVACY = Declares(
        technical="id invoice claimed_as from_day to_day rate_basis_points rate_source interest_pence "
        "compensation_pence claimed_at actor_ref"
    )

    class Meta:
        db_table = "payments_late_claim"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "from_day"], name="late_claim_days_once"),
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(compensation_pence__gt=0), name="late_compensation_once"
            ),
            models.CheckConstraint(
                condition=Q(to_day__gte=F("from_day")) & Q(interest_pence__gte=0) & Q(compensation_pence__gte=0),
                name="late_claim_sums",
            ),
        ]


class Refund(Row):
    """Money given back to a customer who had paid more than was owed. Append-only; it happened at the bank or Stripe."""

    key = models.CharField(max_length=160, unique=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="refunds")
    how = models.CharField(max_length=10)
    amount_pence = models.BigIntegerField()
    refunded_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)

    PRIVACY = Declares(technical="id key invoice how amount_pence refunded_on recorded_at actor_ref")

    class Meta:
        db_table = "payments_refund"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_pence__gt=0), name="refund_positive"),
            models.CheckConstraint(condition=Q(how__in=["card", "bank"]), name="refund_how_known"),
        ]


class Checkout(Row):
    """A hosted card page asked for. The row and its key are committed before the provider is called."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="checkouts")
    key = models.CharField(max_length=160, unique=True)
    amount_pence = models.BigIntegerField()
    session = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, default="asked")
    asked_at = models.DateTimeField()

    PRIVACY = Declares(technical="id invoice key amount_pence session state asked_at")

    class Meta:
        db_table = "payments_checkout"
        indexes: ClassVar = [models.Index(fields=["session"], name="checkout_session")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "open", "paid", "closed"]), name="checkout_state_known"
            ),
            models.UniqueConstraint(fields=["session"], condition=~Q(session=""), name="checkout_session_once"),
        ]


class SelfBillingAgreement(Row):
    """Append-only: a later agreement stands beside an earlier one."""

    payee_ref = models.UUIDField()
    starts_on = models.DateField()
    expires_on = models.DateField()
    wording = models.CharField(max_length=20)
    agreed_at = models.DateTimeField()
    actor_ref = models.CharField(max_length=80)

    PRIVACY = Declares(technical="id starts_on expires_on wording agreed_at actor_ref", personal={"payee_ref": _REF})

    class Meta:
        db_table = "payments_self_billing_agreement"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(expires_on__gt=F("starts_on")), name="agreement_ends_after_start"),
        ]


class SelfBillSeries(Row):
    """Gapless numbers for each payee; `id` is the payee_ref."""

    series = models.CharField(max_length=8, unique=True)
    next_number = models.PositiveIntegerField(default=1)

    PRIVACY = Declares(technical="series next_number", personal={"id": _REF})

    class Meta:
        db_table = "payments_self_bill_series"


class SelfBillDocument(Row):
    """One sum, invoiced on the payee's behalf. Append-only; the name is opened from the payee room when it is shown."""

    key = models.CharField(max_length=160, unique=True)
    payee_ref = models.UUIDField()
    agreement = models.ForeignKey(SelfBillingAgreement, on_delete=models.PROTECT)
    number = models.CharField(max_length=20, unique=True)
    reference = models.CharField(max_length=40)
    description = models.CharField(max_length=200)
    supplied_on = models.DateField()
    issued_on = models.DateField()
    amount_pence = models.BigIntegerField()

    PRIVACY = Declares(
        technical="id key agreement number reference description supplied_on issued_on amount_pence",
        personal={"payee_ref": _REF},
    )

    class Meta:
        db_table = "payments_self_bill"
        indexes: ClassVar = [models.Index(fields=["payee_ref"], name="self_bill_by_payee")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount_pence__gt=0), name="self_bill_positive")]
