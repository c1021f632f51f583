"""The product's own settings behind https, and room for a program made wrong on purpose."""

from backend.config.settings import *  # noqa: F403
from backend.config.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.canary.mutants.Mutants"]
