"""The receipt of each act of consent, to read, print and keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from backend.web.parts import Row
from backend.web.words import when
from network.consent import usecases
from network.consent import wording as texts
from network.web.person.consents import Naming, _rows, organisations_of, shown
from network.web.person.kit import PersonRead, to
from network.web.person.words import (
    ACT,
)


class ReceiptPage(PersonRead):
    """The receipt of one act, or of the last one, to read or print."""

    template_name = "network/person/receipt.html"
    title = "Receipt"

    def context(self) -> Mapping[str, object]:
        receipt = usecases.receipt(
            grant_id=self.kwargs["id"], event_id=self.kwargs.get("act"), actor=self.actor, at=self.at
        )
        naming = Naming(self)
        naming.organisations(organisations_of((receipt.grant,)))
        ours = texts.controller()
        return {
            "receipt": receipt,
            "act": ACT[receipt.act],
            "rows": [Row("You said", ACT[receipt.act]), Row("When", when(receipt.at)),
                     *_rows(shown(receipt.grant, naming, self.at), self.at),
                     Row("How to stop it", receipt.wording.withdraw),
                     Row("Who keeps it", f"{ours['name']}, {ours['address']}, {ours['contact']}"),
                     Row("Who to complain to", f"{ours['authority']['name']}: {ours['authority']['url']}"),
                     Row("Number", str(receipt.id))],
            "file_url": to("receipt-file-of", receipt.grant_id, receipt.id),
            "back_url": to("consent", receipt.grant_id),
        }  # fmt: skip


class ReceiptFile(PersonRead):
    """The same for machines: JSON-LD."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        receipt = usecases.receipt(
            grant_id=self.kwargs["id"], event_id=self.kwargs.get("act"), actor=self.actor, at=self.at
        )
        body = json.dumps(receipt.json_ld, indent=1, ensure_ascii=False)
        response = HttpResponse(body, content_type="application/ld+json")
        response["Content-Disposition"] = 'attachment; filename="receipt.jsonld"'
        return response
