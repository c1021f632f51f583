"""A person's rights: their data as a file, being forgotten, and nothing kept longer than said."""

from network.privacy.usecases.complaining import (
    answer_complaint,
    complaints_visible_to,
    make_complaint,
    remind_of_complaints,
)
from network.privacy.usecases.erasing import (
    ask_to_be_erased,
    carry_out,
    certificate_by_secret,
    certificate_secret,
    erase_person,
)
from network.privacy.usecases.exporting import export_person
from network.privacy.usecases.retention import run_retention

__all__ = [
    "answer_complaint",
    "ask_to_be_erased",
    "carry_out",
    "certificate_by_secret",
    "certificate_secret",
    "complaints_visible_to",
    "erase_person",
    "export_person",
    "make_complaint",
    "remind_of_complaints",
    "run_retention",
]
