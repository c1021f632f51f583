"""Receipts: ISO/IEC TS 27560 fields in DPV 2.3 terms, as JSON-LD (facts A1, A2).

Traps minded: `dpv:hasProcess` is an array; both `dct:identifier` and `dpv:hasIdentifier` are given; article IRIs come
from eu-gdpr because DPV has no UK ones, with UK GDPR named as the law. No address of the person, ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from network.consent.data import GrantView, Receipt, Wording
from network.consent.ledger import Envelope
from network.consent.states import Category, EventType, Layer, Method, RecipientKind
from network.consent.wording import controller

_CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-gb": "https://w3id.org/dpv/legal/gb#",
    "loc": "https://w3id.org/dpv/loc#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#receipt"
RECORD_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record"
_STATUS = {
    EventType.GIVEN: "dpv:ConsentGiven",
    EventType.RENEWED: "dpv:RenewedConsentGiven",
    EventType.NARROWED: "dpv:RenewedConsentGiven",
    EventType.REFUSED: "dpv:ConsentRefused",
    EventType.DEFERRED: "dpv:ConsentRequestDeferred",
    EventType.WITHDRAWN: "dpv:ConsentWithdrawn",
    EventType.EXPIRED: "dpv:ConsentExpired",
    # The person is asked again; they put it off; they go on. DPV has no word for "rests".
    EventType.SUSPENDED: "dpv:ConsentRequested",
    EventType.REAFFIRMED: "dpv:RenewedConsentGiven",
    EventType.PAUSED: "dpv:ConsentRequestDeferred",
    EventType.RESUMED: "dpv:RenewedConsentGiven",
}
_DATA = {
    Category.NAME: "pd:Name",
    Category.CONTACT: "pd:Contact",
    Category.PHOTO: "pd:Picture",
    Category.STORY: "pd:LifeHistory",
    Category.TOPICS: "pd:Interest",
    Category.PLACE: "pd:Location",
    Category.ACCESS_NEEDS: "pd:Disability",
}
_PURPOSE_WORDS = {
    Layer.KEEP_RECORD: "dpv:RecordManagement",
    Layer.COORDINATION: "dpv:ServiceProvision",
    Layer.BE_ASKED: "dpv:ServiceProvision",
    Layer.FOR_REQUEST: "dpv:ServiceProvision",
    Layer.REUSE: "dpv:ServiceProvision",
    Layer.PUBLIC_PROFILE: "dpv:PublicRelations",
    Layer.ANONYMITY_WAIVER: "dpv:LegalCompliance",
}


_CRIMINAL = "Criminal-offence data: UK GDPR Article 10; Data Protection Act 2018, section 11(2)"


def _stamp(at: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": at.astimezone(UTC).isoformat().replace("+00:00", "Z")}


def _both(identifier: UUID | str) -> dict[str, str]:
    return {"dct:identifier": str(identifier), "dpv:hasIdentifier": str(identifier)}


def _us() -> dict[str, object]:
    ours = controller()
    return {
        "@type": "dpv:DataController",
        **_both(settings.BASE_URL),
        "dpv:hasName": ours["name"],
        "dpv:hasAddress": ours["address"],
        "dpv:hasContact": ours["contact"],
    }


def _authority() -> dict[str, object]:
    ours = controller()["authority"]
    return {
        "@id": ours["dpv"],
        "@type": "dpv:DataProtectionAuthority",
        **_both(ours["dpv"]),
        "dpv:hasName": ours["name"],
        "dpv:hasAddress": ours["url"],  # written to there; what street it is in changes
        "dpv:hasContact": ours["url"],
    }


def _recipient(grant: GrantView, told: Mapping[str, str]) -> dict[str, object]:
    """Who gets it, with the address and the contact that the profile asks of every party but the person. An organisation
    is reached through us: what address of theirs we hold is for invoices."""
    ours = controller()
    match grant.recipient.kind:
        case RecipientKind.ORGANISATION:
            return {
                "@type": ["dpv:Recipient", "dpv:ThirdParty"],
                **_both(str(grant.recipient.id)),
                "dpv:hasName": told.get("organisation", "The organisation named in the request"),
                "dpv:hasAddress": f"c/o {ours['name']}, {ours['address']}",
                "dpv:hasContact": ours["contact"],
            }
        case RecipientKind.NETWORK:
            return {**_us(), "@type": ["dpv:Recipient", "dpv:DataController"]}
        case RecipientKind.PUBLIC:
            return {"@type": "dpv:Recipient", **_both("public"), "dpv:hasName": "Everybody"}


def json_ld(
    *, grant: GrantView, event: Envelope, method: Method, wording: Wording, told: Mapping[str, str], subject: str
) -> dict[str, object]:
    """One receipt wrapping one record. `subject` is the person's opaque reference, never a name."""
    ours = controller()
    personal = [
        {
            "@type": [
                _DATA[c],
                *(["dpv:SpecialCategoryPersonalData"] if c in grant.special else []),
                *(["pd:Criminal"] if c in grant.criminal else []),
            ],
            **_both(c.value),
            "dct:title": c.value.replace("_", " "),
            "dpv:hasNecessity": "dpv:Optional",
            **({"dpv:hasSensitivityLevel": "dpv:SpecialCategoryPersonalData"} if c in grant.special else {}),
            **({"dct:description": _CRIMINAL} if c in grant.criminal else {}),
        }
        for c in sorted(grant.categories)
    ]
    process: dict[str, object] = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": _PURPOSE_WORDS[grant.layer],
            "dct:title": wording.title,
            "dct:description": wording.why,
        },
        "dpv:hasLegalBasis": ["eu-gdpr:A6-1-a", *(["eu-gdpr:A9-2-a"] if grant.special else [])],
        "dpv:hasApplicableLaw": "legal-gb:law-GDPR",
        "dpv:hasJurisdiction": "loc:GB",
        "dpv:hasPersonalData": personal
        or [
            {
                "@type": "dpv:PersonalData",
                **_both("record"),
                "dct:title": "your record",
                "dpv:hasNecessity": "dpv:Required",
            }
        ],
        "dpv:hasDataController": _us(),
        "dpv:hasDataSource": "dpv:DataSubjectDataSource",
        "dpv:hasProcessing": ["dpv:Store", "dpv:Disclose"],
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageCondition",
            "dpv:hasLocation": "loc:GB",
            "dpv:hasDuration": {"@type": "dpv:UntilTimeDuration", "dct:date": _stamp(grant.ends_at)},
        },
        "dpv:hasLocation": "loc:GB",
        "dpv:hasRecipient": _recipient(grant, told),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": f"{settings.BASE_URL}{ours['withdraw']}",
            "dct:description": wording.withdraw,
        },
        "dpv:hasRight": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A20", "eu-gdpr:A77"],
        "dpv:hasAuthority": _authority(),
        "dpv:hasService": {"@type": "dpv:Service", "dct:title": wording.title},
    }
    record: dict[str, object] = {
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": RECORD_PROFILE,
        **_both(grant.id),
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", **_both(subject)},
        "dpv:hasNotice": {
            "@type": "dpv:PrivacyNotice",
            **_both(f"{wording.id}.v{wording.version}"),
            "dct:hasVersion": str(wording.version),
            "dct:source": f"{settings.BASE_URL}{ours['notice']}",
        },
        "dct:language": "en-GB",
        "dpv:hasProcess": [process],
        "dpv:hasConsentStatus": [
            {
                "@type": _STATUS[event.type],
                **_both(event.id),
                "dpv:isIndicatedAtTime": _stamp(event.at),
                "dpv:hasDuration": {"@type": "dpv:UntilTimeDuration", "dct:date": _stamp(grant.ends_at)},
                "dpv:isIndicatedBy": subject,
                "dpv:hasLegalBasis": "dpv:ExplicitlyExpressedConsent",
                "dpv:hasIndicationMethod": method.value,
            }
        ],
    }
    return {
        "@context": _CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": PROFILE,
        **_both(event.id),
        "dct:created": _stamp(event.at),
        "dct:publisher": _us(),
        "dpv:hasRecordOfActivity": [record],
    }


def build(
    *, grant: GrantView, event: Envelope, method: Method, wording: Wording, told: Mapping[str, str], subject: str
) -> Receipt:
    """The receipt of one act, as values for a page and as JSON-LD."""
    return Receipt(
        id=event.id,
        grant_id=grant.id,
        at=event.at,
        act=event.type,
        grant=grant,
        wording=wording,
        json_ld=json_ld(grant=grant, event=event, method=method, wording=wording, told=told, subject=subject),
    )
