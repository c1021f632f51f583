from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.notifications.states import DeliveryState, LinkPurpose, Route

_TOLD = Personal(Sensitivity.S2, "person", "the recipient", "12 months", "deleted")


class Notice(Row):
    """That one recipient is told of one event. It holds no words: they are put together when it is read or sent.

    `source` is the piece of outbox work it came from, so that repeating the work adds nothing.
    `token` is the path of the link in the message; it means nothing and opens nothing without signing in.
    """

    person_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    audience = models.CharField(max_length=12)
    topic = models.CharField(max_length=80)
    object_id = models.UUIDField()
    source = models.UUIDField()
    token = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id source token created_at",
        personal=dict.fromkeys(("person_id", "user_id", "audience", "topic", "object_id", "read_at"), _TOLD),
    )

    class Meta:
        db_table = "network_notice"
        indexes: ClassVar = [
            models.Index(fields=["person_id", "-created_at"], name="notice_by_person"),
            models.Index(fields=["user_id", "-created_at"], name="notice_by_user"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(person_id__isnull=False, user_id__isnull=True)
                | models.Q(person_id__isnull=True, user_id__isnull=False),
                name="one_message_one_recipient",
            ),
            models.UniqueConstraint(
                fields=["source", "person_id"],
                condition=models.Q(person_id__isnull=False),
                name="told_once_person",
            ),
            models.UniqueConstraint(
                fields=["source", "user_id"], condition=models.Q(user_id__isnull=False), name="told_once_user"
            ),
        ]


class LinkUse(Row):
    """That the link of a message was used for one of its purposes. Each works once (control C11)."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="link_uses")
    purpose = models.CharField(max_length=8)
    used_at = models.DateTimeField()

    PRIVACY = Declares(technical="id notice", personal=dict.fromkeys(("purpose", "used_at"), _TOLD))

    class Meta:
        db_table = "network_link_use"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "purpose"], name="one_use_of_a_link"),
            models.CheckConstraint(condition=models.Q(purpose__in=list(LinkPurpose)), name="link_purpose_known"),
        ]


class Delivery(Row):
    """One channel of a notice: whether, when and why not. It never holds an address."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    route = models.CharField(max_length=10)
    state = models.CharField(max_length=12, default=DeliveryState.QUEUED)
    reason = models.CharField(max_length=100, blank=True)
    not_before = models.DateTimeField()
    put_off = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id notice not_before put_off taken_at",
        personal=dict.fromkeys(("route", "state", "reason", "sent_at"), _TOLD),
    )

    class Meta:
        db_table = "network_delivery"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "route"], name="one_delivery_per_route"),
            models.CheckConstraint(
                condition=models.Q(route__in=list(Route), state__in=list(DeliveryState)), name="delivery_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DeliveryState.SENT) | models.Q(sent_at__isnull=False),
                name="sent_with_its_time",
            ),
        ]
