"""What accounts does when it hears an event."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from backend.accounts.addresses import address_of
from backend.accounts.data import AddressUse
from backend.accounts.events import CODE_ASKED
from backend.accounts.models import SignInCode
from backend.accounts.usecases.codes import sealed_code
from backend.outbox.data import Item, Subscription

SUBJECT = "Your code"  # the only subject this area sends (promise 10)


def send_code(item: Item) -> None:
    """Mail a code, if there is somebody to mail it to and it still works; then forget it."""
    row = SignInCode.objects.filter(id=item.object_id, used_at__isnull=True, expires_at__gt=item.at).first()
    if row is None or row.user_id is None or not row.code_sealed:
        return
    address = address_of(row.user_id, AddressUse.SIGN_IN_CODE)
    if address is None:
        return
    body = render_to_string("email/sign_in_code/body.txt", {"code": sealed_code(row.id, bytes(row.code_sealed))})
    EmailMessage(SUBJECT, body, to=[address]).send()
    SignInCode.objects.filter(id=row.id).update(code_sealed=b"")


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(CODE_ASKED, "accounts-send-code", send_code, queue="mail", external=True),
)
