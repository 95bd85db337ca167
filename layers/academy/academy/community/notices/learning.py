"""What a learner is told of their effort: certificates, badges, places on leaderboards, a streak that is about to end."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from academy.certificates.events import CertificateIssued
from academy.community.notices.kind import Facts, Kind, Text, Told
from academy.community.values import Channel, Weight
from academy.engagement.badges.catalogue import BADGES
from academy.engagement.events import BadgeEarned, PlaceWon, StreakEnding
from academy.identity.values import Language
from academy.platform.dates import MONTHS
from academy.platform.db import UnitOfWork, sql

EN, HI = Language.ENGLISH, Language.HINDI
_MONTHS_HI = ("जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर")
_PLACES = {EN: ("first", "second", "third"), HI: ("पहला", "दूसरा", "तीसरा")}
_NAMES = sql("""
    select (select title from courses where id = :course_id::uuid) as course_title, (select name from domains where slug = :domain) as domain_name
""")


def _to_user(payload: Mapping[str, Any], **facts: Any) -> Told:
    return Told(UUID(payload["userId"]), facts)


# ---- A certificate ----


def _certificate(payload: Mapping[str, Any]) -> Told:
    return _to_user(
        payload,
        certificateId=payload["certificateId"],
        courseId=payload["courseId"],
        courseTitle=payload["courseTitle"],
        serial=payload["serial"],
    )


def _certificate_en(facts: Facts, _count: int) -> Text:
    return Text(
        "Your certificate is ready",
        f"You have completed “{facts['courseTitle']}”. Your certificate {facts['serial']} can be downloaded and verified by anyone.",
        "See the certificate",
    )


def _certificate_hi(facts: Facts, _count: int) -> Text:
    return Text(
        "आपका प्रमाणपत्र तैयार है",
        f"आपने “{facts['courseTitle']}” पूरा कर लिया है। आपका प्रमाणपत्र {facts['serial']} डाउनलोड किया जा सकता है, और कोई भी उसकी जाँच कर सकता है।",
        "प्रमाणपत्र देखें",
    )


# ---- Badges ----


def _badge(payload: Mapping[str, Any]) -> Told:
    return _to_user(payload, badge=payload["badge"])


def _badge_name(slug: str, language: Language) -> str:
    return BADGES[slug].name.in_(language)


def _badge_en(facts: Facts, count: int) -> Text:
    name = _badge_name(facts["badge"], EN)
    if count == 1:
        return Text(f"New badge: {name}", f"You have earned the badge “{name}”.", "See your badges")
    return Text(f"{count} new badges", f"You have earned {count} badges. The latest is “{name}”.", "See your badges")


def _badge_hi(facts: Facts, count: int) -> Text:
    name = _badge_name(facts["badge"], HI)
    if count == 1:
        return Text(f"नया बैज: {name}", f"आपने “{name}” बैज अर्जित किया है।", "अपने बैज देखें")
    return Text(f"{count} नए बैज", f"आपने {count} बैज अर्जित किए हैं। सबसे नया है “{name}”।", "अपने बैज देखें")


# ---- A place on a leaderboard ----


def _place(payload: Mapping[str, Any]) -> Told:
    return _to_user(payload, **{name: payload[name] for name in ("span", "period", "domain", "courseId", "rank", "points")})


def _board_names(work: UnitOfWork, facts: Facts) -> dict[str, Any]:
    row = work.first(_NAMES, course_id=facts["courseId"], domain=facts["domain"])
    return {} if row is None else {"courseTitle": row.course_title, "domainName": row.domain_name}


def _board(facts: Facts) -> str | None:
    """What the leaderboard is of; None for the one of everybody."""
    title: str | None = facts.get("courseTitle") or facts.get("domainName") or facts["domain"]
    return title


def _period(period: str, language: Language) -> str:
    """`2026-W46` or `2026-11`, as it is said."""
    year, part = period.split("-", 1)
    if part.startswith("W"):
        return f"week {int(part[1:])} of {year}" if language is EN else f"{year} के सप्ताह {int(part[1:])}"
    return f"{MONTHS[int(part) - 1]} {year}" if language is EN else f"{_MONTHS_HI[int(part) - 1]} {year}"


def _place_en(facts: Facts, count: int) -> Text:
    place, board = _PLACES[EN][facts["rank"] - 1], _board(facts)
    where = f"the leaderboard of “{board}”" if board else "the leaderboard of all learners"
    more = f" And that is not all: you have won {count} places." if count > 1 else ""
    return Text(
        f"You came {place}",
        f"With {facts['points']} points you came {place} on {where} in {_period(facts['period'], EN)}.{more} Well done!",
        "See the leaderboard",
    )


def _place_hi(facts: Facts, count: int) -> Text:
    place, board = _PLACES[HI][facts["rank"] - 1], _board(facts)
    where = f"“{board}” के लीडरबोर्ड" if board else "सभी शिक्षार्थियों के लीडरबोर्ड"
    more = f" और इतना ही नहीं: आपको कुल {count} स्थान मिले हैं।" if count > 1 else ""
    return Text(
        f"आपको {place} स्थान मिला",
        f"{_period(facts['period'], HI)} में {facts['points']} अंकों के साथ आपने {where} पर {place} स्थान पाया।{more} बहुत बधाई!",
        "लीडरबोर्ड देखें",
    )


# ---- A streak about to end ----


def _streak(payload: Mapping[str, Any]) -> Told:
    facts = {"days": payload["days"], "localDay": payload["localDay"]}
    return Told(UUID(payload["userId"]), facts, until_day=payload["localDay"])


def _streak_en(facts: Facts, _count: int) -> Text:
    days = "1 day" if facts["days"] == 1 else f"{facts['days']} days"
    return Text(f"Your streak of {days} ends at midnight", "Complete one section today, and it goes on.", "Go on learning")


def _streak_hi(facts: Facts, _count: int) -> Text:
    return Text(
        f"आपका {facts['days']} दिन का सिलसिला आधी रात को टूट जाएगा", "आज एक भाग पूरा कर लीजिए, और सिलसिला जारी रहेगा।", "सीखना जारी रखें"
    )


CERTIFICATE = Kind(
    name=CertificateIssued.kind,
    label={EN: "Certificates", HI: "प्रमाणपत्र"},
    told=_certificate,
    words={EN: _certificate_en, HI: _certificate_hi},
    path=lambda facts: f"/verify/{facts['serial']}",
)
BADGE = Kind(
    name=BadgeEarned.kind,
    label={EN: "New badges", HI: "नए बैज"},
    told=_badge,
    words={EN: _badge_en, HI: _badge_hi},
    path=lambda _facts: "/achievements",
    weight=Weight.LIGHT,
    gathered=timedelta(minutes=10),
)
PLACE = Kind(
    name=PlaceWon.kind,
    label={EN: "Places on leaderboards", HI: "लीडरबोर्ड पर स्थान"},
    told=_place,
    words={EN: _place_en, HI: _place_hi},
    path=lambda facts: f"/leaderboard?period={facts['span']}&at={facts['period']}",
    weight=Weight.LIGHT,
    gathered=timedelta(minutes=10),
    more=_board_names,
)
STREAK = Kind(
    name=StreakEnding.kind,
    label={EN: "A streak about to end", HI: "टूटने वाला सिलसिला"},
    told=_streak,
    words={EN: _streak_en, HI: _streak_hi},
    path=lambda _facts: "/progress",
    weight=Weight.LIGHT,
    # Every evening a mail would teach people to look away.
    channels=frozenset({Channel.IN_APP, Channel.PUSH}),
)
KINDS = (CERTIFICATE, BADGE, PLACE, STREAK)
