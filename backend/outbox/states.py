from django.db.models import TextChoices


class WorkState(TextChoices):
    READY = "ready", "Ready"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"
    DEAD = "dead", "Dead letter"
    DISMISSED = "dismissed", "Dead letter, looked at and let go"
