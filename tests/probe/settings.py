"""The product's own settings, and the probe."""

from backend.config.settings import *  # noqa: F403
from backend.config.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.probe"]
