"""Work to be done, kept in the database beside the change that caused it. Celery is only a doorbell."""
