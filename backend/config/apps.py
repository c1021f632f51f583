from django.apps import AppConfig
from django.core import checks


class BackendConfig(AppConfig):
    name = "backend"
    label = "backend"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backend.config import schedule, subscriptions
        from backend.config.issuer import check_issuer
        from backend.kernel import crypto, sealed
        from backend.kernel.privacy import check_declarations
        from backend.keys import store as keys

        crypto.connect(keys.root)
        sealed.connect(read=keys.details_of, write=keys.details_key)

        checks.register(check_declarations)
        checks.register(check_issuer)
        subscriptions.connect()
        schedule.connect()
