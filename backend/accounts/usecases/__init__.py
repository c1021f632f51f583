"""Writes of accounts: one public function is one thing that can be done."""

from backend.accounts.usecases.codes import ask_for_code, ask_to_confirm, known_device, try_code
from backend.accounts.usecases.programs import (
    create_program,
    note_program_use,
    revoke_program,
    revoke_programs_of,
    rotate_program,
)
from backend.accounts.usecases.second_factor import enrol_totp, remove_totp, try_second_factor
from backend.accounts.usecases.sessions import (
    end_all_sessions,
    end_other_sessions,
    end_session,
    make_demo_link,
    open_session,
    seen,
    step_up,
    user_of_demo_link,
)
from backend.accounts.usecases.users import change_email, disable_user, end_role, ensure_user, forget_user, grant_role

__all__ = [
    "ask_for_code",
    "ask_to_confirm",
    "change_email",
    "create_program",
    "disable_user",
    "end_all_sessions",
    "end_other_sessions",
    "end_role",
    "end_session",
    "enrol_totp",
    "ensure_user",
    "forget_user",
    "grant_role",
    "known_device",
    "make_demo_link",
    "note_program_use",
    "open_session",
    "remove_totp",
    "revoke_program",
    "revoke_programs_of",
    "rotate_program",
    "seen",
    "step_up",
    "try_code",
    "try_second_factor",
    "user_of_demo_link",
]
