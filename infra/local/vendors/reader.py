"""Reading a prompt as a model would: what is asked for, and the material it is asked about."""

import json
import re
from dataclasses import dataclass
from typing import Any

_BLOCK = re.compile(r"<([a-z_]+)>\s*\n(.*?)\n</\1>", re.DOTALL)
_MAGIC = re.compile(r"\bfault:(?P<fault>[a-z_]+)(?:\*(?P<times>\d+))?(?:@(?P<target>[a-z0-9-]+))?", re.IGNORECASE)
_WORDS_WANTED = re.compile(r"about (\d+) words")
# Sentences of the material that speak to the reader instead of about the subject: a good model leaves them alone.
_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|everything)|system prompt|you are now\b"
    r"|\b(?:reveal|print|output|respond|reply|answer)\b.{0,30}\b(?:only|prompt|secret|exactly|instructions?|with)\b|\bas an ai\b|https?://|<[a-z/!]",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?।。！？\n]+(?:[.!?।。！？]+|$)")


@dataclass(frozen=True, kw_only=True)
class Passage:
    number: int
    text: str

    def sentences(self) -> list[str]:
        """Fit to be quoted: whole, neither a scrap nor a page, and no instruction to whoever reads them."""
        found = (match.group().strip() for match in _SENTENCE.finditer(self.text))
        return [sentence for sentence in found if 30 <= len(sentence) <= 320 and not _INSTRUCTION.search(sentence)]


@dataclass(frozen=True, kw_only=True)
class Magic:
    fault: str
    times: int | None
    target: str | None


@dataclass(frozen=True, kw_only=True)
class Request:
    topic: str
    description: str
    difficulty: str
    language: str
    lesson_count: int
    objectives: tuple[str, ...]
    tags: tuple[str, ...]
    passages: tuple[Passage, ...]
    magic: Magic | None
    raw_topic: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`purpose` is `outline`, `lesson-N` or `other`."""

    purpose: str
    request: Request | None
    lesson: dict[str, Any] | None
    section_words: int


def read(body: dict[str, Any]) -> Reading:
    text = "\n\n".join(texts_of(body))
    blocks: dict[str, Any] = {}
    for name, content in _BLOCK.findall(text):
        try:
            blocks[name] = json.loads(content)
        except json.JSONDecodeError:
            continue
    lesson = blocks.get("lesson_to_write")
    words = _WORDS_WANTED.search(text)
    purpose = "other"
    if isinstance(lesson, dict):
        purpose = f"lesson-{lesson.get('position', 1)}"
    elif "course_request" in blocks and "modules" in schema_of(body).get("properties", {}):
        purpose = "outline"
    return Reading(
        purpose=purpose,
        request=_request(blocks) if isinstance(blocks.get("course_request"), dict) else None,
        lesson=lesson if isinstance(lesson, dict) else None,
        section_words=int(words.group(1)) if words else 320,
    )


def magic_in(text: str) -> Magic | None:
    match = _MAGIC.search(text)
    if match is None:
        return None
    times = match.group("times")
    return Magic(fault=match.group("fault").lower(), times=int(times) if times else None, target=match.group("target"))


def _request(blocks: dict[str, Any]) -> Request:
    asked = blocks["course_request"]
    raw_topic = str(asked.get("topic", "the subject"))
    source = blocks.get("source_passages") or []
    return Request(
        topic=" ".join(_MAGIC.sub(" ", raw_topic).split()) or "the subject",
        description=str(asked.get("description", "")),
        difficulty=str(asked.get("difficulty", "beginner")),
        language=str(asked.get("language", "en")),
        lesson_count=int(asked.get("lesson_count", 3)),
        objectives=tuple(map(str, asked.get("objectives", []))),
        tags=tuple(map(str, asked.get("tags", []))),
        passages=tuple(Passage(number=int(one["number"]), text=str(one["text"])) for one in source),
        magic=magic_in(raw_topic),
        raw_topic=raw_topic,
    )


def texts_of(body: dict[str, Any]) -> list[str]:
    """The user's side of the conversation: blocks in the system prompt or in former answers don't count."""
    texts: list[str] = []
    for message in body.get("messages", []):
        if message.get("role") != "user":
            continue
        content = message.get("content", "")
        texts += [content] if isinstance(content, str) else [part["text"] for part in content if part.get("type") == "text"]
    return texts


def schema_of(body: dict[str, Any]) -> dict[str, Any]:
    wanted = (body.get("output_config") or {}).get("format") or {}
    schema = wanted.get("schema")
    return schema if isinstance(schema, dict) else {}
