"""Words to make people and organisations from. Family names say that they are invented."""

from __future__ import annotations

from random import Random

GIVEN = [
    "Alder",
    "Bryony",
    "Cedar",
    "Dara",
    "Elowen",
    "Fern",
    "Gale",
    "Hollis",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Linden",
    "Marlow",
    "Nettle",
    "Oakley",
    "Piper",
    "Quill",
    "Rowan",
    "Sorrel",
    "Tamsin",
    "Umber",
    "Vesper",
    "Willow",
    "Yarrow",
    "Zephyr",
    "Bracken",
    "Clover",
    "Drift",
    "Ember",
    "Flint",
]
FAMILY = [
    "Testbury",
    "Samplewood",
    "Mockford",
    "Demoray",
    "Fictley",
    "Pretendal",
    "Inventon",
    "Makepiece",
    "Storyfield",
    "Exampleby",
]
WORKING = [
    "Wren",
    "Heron",
    "Lark",
    "Plover",
    "Finch",
    "Siskin",
    "Dunnock",
    "Avocet",
    "Curlew",
    "Dipper",
    "Egret",
    "Fulmar",
    "Gannet",
    "Hobby",
    "Jackdaw",
    "Kingfisher",
    "Linnet",
    "Merlin",
    "Nightjar",
    "Osprey",
    "Pipit",
    "Quail",
    "Redstart",
    "Stonechat",
    "Tern",
    "Whimbrel",
    "Yellowhammer",
    "Bunting",
    "Crake",
    "Dotterel",
]
TOWNS = ("Northby", "Eastmarsh", "Lower Fenwick", "Harbourton", "Millbeck", "Stonecross", "Westhaven", "Oakmere")
REGIONS = ("North of England", "Midlands", "South of England", "Wales", "Scotland", "Northern Ireland")
NATIONS = ("England", "England", "England", "Wales", "Scotland", "Northern Ireland")
CHANGES = (
    "I want people who leave prison to have a door to open that same night.",
    "I want the people who write the forms to have to fill one in.",
    "I want children in care to keep their brothers and sisters.",
    "I want support that does not stop on a birthday.",
    "I want to be asked before the plan is made, not after.",
    "I want a system that answers the phone.",
    "I want work that somebody like me can get without hiding five years.",
)
KNOWS = (
    "How a hostel runs at three in the morning, and who really keeps it calm.",
    "What forty-six pounds has to do in a week.",
    "How to read a tenancy agreement, and where the catch usually is.",
    "What it takes to sit in a waiting room again after being sent away.",
    "How peer support works when nobody is counting it.",
    "The difference between being listened to and being recorded.",
)
CAN_DO = (
    "I explain complicated things in plain words. I have trained new staff.",
    "I stay calm on air, and I say when a question is not mine to answer.",
    "I write. I edit other people's writing without taking it from them.",
    "I chair meetings where people disagree.",
    "I interpret between officials and families.",
)
STORIES = (
    "I moved eleven times before I was sixteen. The twelfth time I chose the door myself.",
    "The letter said I had missed an appointment that nobody had told me about. That letter cost me my home.",
    "I was the one others came to for help with forms. Then I needed somebody to help with mine.",
    "I came with one bag and a phone number. The number did not work. A stranger's did.",
    "What changed it was not a programme. It was one worker who rang back.",
)
OFF_LIMITS = (
    "My children. My address. What happened in 2011.",
    "The name of anybody else who was there.",
    "I will not act anything out, and I will not go back to the building.",
    "My family, and anything about the court case.",
)
ACCESS = ("", "", "I need a break every forty minutes.", "Step-free, please, and tell me where the quiet room is.")
ORGANISATIONS = (
    ("Lantern Radio News", "newsroom", "https://lantern-radio.example", "J2"),
    ("The Harbour Post", "newsroom", "https://harbour-post.example", "J3"),
    ("Select Committee on Fair Starts", "parliament", "https://committees.example/fair-starts", "J2"),
    ("Kite and Compass Productions", "production", "https://kite-compass.example", "J2"),
    ("Bridgewell Festival of Ideas", "event", "https://bridgewell.example", "J1"),
    ("Practice Newsroom", "newsroom", "https://practice.example", "J2"),
    ("Morning Ledger", "newsroom", "https://morning-ledger.example", ""),
    ("Quick Quotes Agency", "newsroom", "https://quick-quotes.example", "suspended"),
)
JOBS = ("Producer", "Reporter", "Committee clerk", "Researcher", "Programme editor", "Features editor")


def full_name(random: Random) -> tuple[str, str]:
    """(given, given and family), both invented."""
    given = random.choice(GIVEN)
    return given, f"{given} {random.choice(FAMILY)}"


def working_name(number: int) -> str:
    """A working name for the n-th person; numbered when the birds run out."""
    bird = WORKING[number % len(WORKING)]
    return bird if number < len(WORKING) else f"{bird} {number // len(WORKING) + 1}"
