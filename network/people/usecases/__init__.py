"""Writes about people: one public function is one thing somebody can do."""

from network.people.usecases.joining import accept_invitation, invite_again, invite_person, try_invitation
from network.people.usecases.living import (
    add_unavailable,
    end_pause,
    go_quiet,
    leave,
    not_now,
    pause,
    remove_unavailable,
    resume,
    resume_due,
    set_safe_contact,
)
from network.people.usecases.profile import (
    choose_topics,
    save_profile,
    set_identity,
    set_terms,
    undo_phone_help,
)
from network.people.usecases.protection import protect, say_from_whom, stop_protecting
from network.people.usecases.staff import assign, end_assignment, load_topics

__all__ = [
    "accept_invitation",
    "add_unavailable",
    "assign",
    "choose_topics",
    "end_assignment",
    "end_pause",
    "go_quiet",
    "invite_again",
    "invite_person",
    "leave",
    "load_topics",
    "not_now",
    "pause",
    "protect",
    "remove_unavailable",
    "resume",
    "resume_due",
    "save_profile",
    "say_from_whom",
    "set_identity",
    "set_safe_contact",
    "set_terms",
    "stop_protecting",
    "try_invitation",
    "undo_phone_help",
]
