"""What the database itself refuses."""

from typing import ClassVar

from django.db import migrations

from backend.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("backend", "0001_initial")]
    operations: ClassVar = [append_only("backend_access_event")]
