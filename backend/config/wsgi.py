import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
application = get_wsgi_application()

from django.db import connections  # noqa: E402 - needs Django to be ready

from backend.closed import state  # noqa: E402 - needs Django to be ready

state.look()  # a database that was restored stays closed until its list was replayed
connections.close_all()  # this may be the parent of the processes that answer
