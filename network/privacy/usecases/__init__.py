"""A person's rights: their data as a file, being forgotten, and nothing kept longer than said."""

from network.privacy.usecases.erasing import ask_to_be_erased, carry_out, erase_person
from network.privacy.usecases.exporting import export_person
from network.privacy.usecases.retention import run_retention

__all__ = ["ask_to_be_erased", "carry_out", "erase_person", "export_person", "run_retention"]
