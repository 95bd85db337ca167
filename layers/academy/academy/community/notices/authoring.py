"""What an author is told of their courses: written or not, published or sent back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from academy.catalog.events import CoursePublished, CourseRejected
from academy.community.notices.kind import Facts, Kind, Text, Told
from academy.community.values import Channel
from academy.generation.events import GenerationCompleted, GenerationFailed
from academy.identity.values import Language

EN, HI = Language.ENGLISH, Language.HINDI
_NOT_MAILED = frozenset({Channel.IN_APP, Channel.PUSH})


def _keeping(person: str, *names: str) -> Any:
    """Told to whom the payload names there, with these of its fields as the facts."""

    def told(payload: Mapping[str, Any]) -> Told:
        return Told(UUID(payload[person]), {name: payload[name] for name in names})

    return told


def _finished_en(facts: Facts, _count: int) -> Text:
    body = f"“{facts['title']}” is ready as a draft. Read it, change what you like, and submit it for review."
    return Text("Your course is written", body, "Open the draft")


def _finished_hi(facts: Facts, _count: int) -> Text:
    body = f"“{facts['title']}” मसौदे के रूप में तैयार है। इसे पढ़ें, जो चाहें बदलें, और समीक्षा के लिए भेजें।"
    return Text("आपका कोर्स लिखा जा चुका है", body, "मसौदा खोलें")


def _failed_en(facts: Facts, _count: int) -> Text:
    body = f"Writing “{facts['title']}” stopped: {facts['reason']} What was made is kept; you can go on from there."
    return Text("Your course could not be finished", body, "See what happened")


def _failed_hi(facts: Facts, _count: int) -> Text:
    body = f"“{facts['title']}” का लेखन रुक गया: {facts['reason']} जो बन चुका है वह सुरक्षित है; आप वहीं से आगे बढ़ सकते हैं।"
    return Text("आपका कोर्स पूरा नहीं हो सका", body, "देखें कि क्या हुआ")


def _approved_en(facts: Facts, _count: int) -> Text:
    return Text("Your course is published", f"“{facts['title']}” was approved. Learners can enrol now.", "See the course")


def _approved_hi(facts: Facts, _count: int) -> Text:
    return Text("आपका कोर्स प्रकाशित हो गया", f"“{facts['title']}” स्वीकृत हो गया है। शिक्षार्थी अब नामांकन कर सकते हैं।", "कोर्स देखें")


def _rejected_en(facts: Facts, _count: int) -> Text:
    return Text("Your course needs another look", f"“{facts['title']}” was not approved: {facts['reason']}", "Open the course")


def _rejected_hi(facts: Facts, _count: int) -> Text:
    return Text("आपके कोर्स को एक बार फिर देखना होगा", f"“{facts['title']}” स्वीकृत नहीं हुआ: {facts['reason']}", "कोर्स खोलें")


FINISHED = Kind(
    name=GenerationCompleted.kind,
    label={EN: "A course is written", HI: "कोर्स लिखा जा चुका है"},
    told=_keeping("userId", "jobId", "courseId", "title"),
    words={EN: _finished_en, HI: _finished_hi},
    path=lambda facts: f"/courses/{facts['courseId']}",
)
FAILED = Kind(
    name=GenerationFailed.kind,
    label={EN: "A course could not be written", HI: "कोर्स नहीं लिखा जा सका"},
    told=_keeping("userId", "jobId", "title", "code", "reason"),
    words={EN: _failed_en, HI: _failed_hi},
    path=lambda facts: f"/courses/generate/{facts['jobId']}",
    channels=_NOT_MAILED,
)
APPROVED = Kind(
    name=CoursePublished.kind,
    label={EN: "A course of yours is approved", HI: "आपका कोर्स स्वीकृत हुआ"},
    told=_keeping("instructorId", "courseId", "title"),
    words={EN: _approved_en, HI: _approved_hi},
    path=lambda facts: f"/courses/{facts['courseId']}",
    channels=_NOT_MAILED,
)
REJECTED = Kind(
    name=CourseRejected.kind,
    label={EN: "A course of yours needs another look", HI: "आपके कोर्स में बदलाव चाहिए"},
    told=_keeping("instructorId", "courseId", "title", "reason"),
    words={EN: _rejected_en, HI: _rejected_hi},
    path=lambda facts: f"/courses/{facts['courseId']}",
    channels=_NOT_MAILED,
)
KINDS = (FINISHED, FAILED, APPROVED, REJECTED)
