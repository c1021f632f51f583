"""What the payee room tells. Payload: the payee_ref."""

DESTINATION_CHANGED = "payee.destination_changed"
READY = "payee.ready"

TOPICS = (DESTINATION_CHANGED, READY)
