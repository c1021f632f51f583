"""What people type to get in and to look after their account."""

from __future__ import annotations

from typing import ClassVar

from backend.accounts.data import Scope
from backend.kernel.actor import Role
from backend.web.fields import CodeField, EmailField, OneOfField, SomeOfField, TextField
from backend.web.forms import Form


class AddressForm(Form):
    email = EmailField(label="Your email address")
    who_sees: ClassVar = {"email": "Nobody. We only use it to send you a code."}


class EmailedCodeForm(Form):
    code = CodeField(label="The code from the email", help_text="6 digits. It can take a minute to arrive.")
    who_sees: ClassVar = {"code": "Nobody."}


class SecondFactorForm(Form):
    code = TextField(
        label="The code from your authenticator app",
        help_text="6 digits. If you do not have your phone, use one of your recovery codes.",
        max_length=20,
        autocomplete="one-time-code",
    )
    who_sees: ClassVar = {"code": "Nobody."}


class EnrolForm(Form):
    code = CodeField(label="The code that the app shows now")
    who_sees: ClassVar = {"code": "Nobody."}


class ProgramForm(Form):
    name = TextField(label="What do you call this program?", help_text="For example, Planning desk", max_length=80)
    scopes = SomeOfField(
        label="What may it do?",
        help_text="Give it only what it needs.",
        choices=(
            (Scope.BRIEFS_READ, "Read your briefs"),
            (Scope.BRIEFS_WRITE, "Write and send briefs"),
            (Scope.CARDS_READ, "Read about the people who said yes"),
            (Scope.BOOKINGS_READ, "Read your bookings"),
            (Scope.BOOKINGS_WRITE, "Confirm bookings and report back"),
            (Scope.INVOICES_READ, "Read your invoices"),
            (Scope.CONSENT_READ, "Ask whether a consent still stands"),
        ),
    )
    who_sees: ClassVar = {"name": "Your organisation and our coordinators.", "scopes": "Your organisation."}


class StaffForm(Form):
    email = EmailField(label="Their email address")
    known_as = TextField(label="The name they go by at work", max_length=80)
    role = OneOfField(
        label="What will they do?",
        choices=(
            (Role.COORDINATOR, "Coordinator", "Checks requesters, invites and supports people."),
            (Role.FINANCE_PREPARER, "Prepares payments"),
            (Role.FINANCE_APPROVER, "Approves payments", "Never the same person as the one who prepares them."),
            (Role.BOOKKEEPER, "Bookkeeper", "Compares our books with the bank and Stripe. Cannot pay anybody."),
            (Role.TRUSTEE, "Trustee", "Reads the money figures. Changes nothing."),
            (Role.SAFEGUARDING, "Safeguarding lead"),
            (Role.ADMIN, "Network admin", "Roles and settings. No access to personal details."),
        ),
    )
    who_sees: ClassVar = {
        "email": "Nobody. They sign in with it.",
        "known_as": "The people they work with.",
        "role": "Other network admins.",
    }
