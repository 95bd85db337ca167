"""Writes what the prompt asks for, the same for the same prompt: a course's outline, or one of its lessons."""

import hashlib
import random
import re
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from infra.local.vendors import bank as banks
from infra.local.vendors.bank import Bank, QuestionTemplate, say
from infra.local.vendors.reader import Passage, Reading, Request
from infra.local.vendors.terms import key_terms

_CATEGORIES = {
    "programming": "python|java|program|code|coding|software|sql|api|data structure|algorithm|web dev|git|linux|react",
    "design": "design|ux|typograph|figma|layout|interface",
    "marketing": "marketing|brand|advert|seo|campaign|social media",
    "business": "business|financ|account|startup|management|economic|sales|leadership|invest",
    "science": "science|physics|chemi|biolog|math|statistic|astronom|climate|photosynthesis|genetic|ecolog",
    "language": "language|english|hindi|spanish|french|german|tamil|grammar|writing|vocabulary",
    "music": "music|guitar|piano|song|raga|tabla|singing",
    "art": "art|paint|drawing|photograph|sculpt|sketch|pottery|calligraph",
}


def bank_for(language: str) -> Bank:
    return banks.bank(language.split("-", maxsplit=1)[0].lower())


def _seeded(*parts: object) -> random.Random:
    return random.Random(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest())


def category_of(topic: str) -> str:
    words = topic.casefold()
    for category, marks in _CATEGORIES.items():
        if re.search(rf"\b(?:{marks})", words):
            return category
    return "other"


def outline(request: Request) -> dict[str, Any]:
    bank = bank_for(request.language)
    rng = _seeded("outline", request.topic, request.lesson_count, request.difficulty, request.language)
    level = bank.levels.get(request.difficulty, next(iter(bank.levels.values())))
    slots = {"topic": request.topic, "level": level, "lesson": request.topic, "focus": request.topic}
    planned = _sourced_lessons(request, bank, rng, slots) if request.passages else _free_lessons(request, bank, rng, slots)
    description = say(bank.description, rng, **slots) + (f" {bank.grounded}" if request.passages else "")
    objectives = [_objective(text, bank_level, rng, slots) for text, bank_level in bank.objectives[: rng.randint(4, 6)]]
    objectives = [*({"text": text, "level": "apply"} for text in request.objectives), *objectives][:8]
    subject = say(bank.subject, rng, **slots)
    if request.magic and request.magic.target == "thumbnail":
        subject = f"fault:{request.magic.fault}, {subject}"
    return {
        "title": _clipped(_titled(request.topic), 200),
        "description": description,
        "category": category_of(request.topic),
        "tags": list(dict.fromkeys([*request.tags, *_tags(request)]))[:6],
        "objectives": objectives,
        "modules": _modules(planned, bank, rng, slots),
        "thumbnail": {"subject": _clipped(subject, 380), "alt_text": _clipped(say(bank.alt_text, rng, **slots), 240)},
    }


def _free_lessons(request: Request, bank: Bank, rng: random.Random, slots: dict[str, str]) -> list[dict[str, Any]]:
    """The stages in their order, first and last always, the others as many as there is room for."""
    inner = list(range(1, len(bank.stages) - 1))
    kept = sorted(rng.sample(inner, min(len(inner), request.lesson_count - 2)))
    stages = [bank.stages[0], *(bank.stages[index] for index in kept), bank.stages[-1]]
    lessons = []
    for stage in stages[: request.lesson_count]:
        titles = stage.sections[: rng.randint(3, len(stage.sections))]
        lessons.append(
            {
                "title": _clipped(say(stage.title, rng, **slots), 200),
                "summary": say(stage.summary, rng, **slots),
                "objectives": [_objective(text, level, rng, slots) for text, level in stage.objectives],
                "sections": _sections([say(title, rng, **slots) for title in titles], request),
                "passages": [],
            }
        )
    return lessons


def _sourced_lessons(request: Request, bank: Bank, rng: random.Random, slots: dict[str, str]) -> list[dict[str, Any]]:
    """The passages in order, shared out evenly; each lesson is named after what its share says most."""
    lessons: list[dict[str, Any]] = []
    taken: list[str] = []
    for position in range(request.lesson_count):
        share = _share(request.passages, position, request.lesson_count)
        texts = [" ".join(passage.sentences()) for passage in share]
        terms = (
            key_terms(texts, 2, avoid=[*taken, request.topic]) or key_terms(texts, 2, avoid=taken) or [f"{request.topic} {position + 1}"]
        )
        taken += terms
        focus = f" {bank.conjunction} ".join(terms)
        own = {**slots, "focus": focus, "lesson": focus}
        titles = [say(title, rng, **own) for title in bank.sourced_sections[: rng.randint(2, 4)]]
        lessons.append(
            {
                "title": _clipped(say(bank.sourced_title, rng, **own), 200),
                "summary": say(bank.sourced_summary, rng, **own),
                "objectives": [_objective(text, level, rng, {**own, "topic": focus}) for text, level in rng.sample(bank.objectives[:4], 2)],
                "sections": _sections(titles, request),
                "passages": [passage.number for passage in share],
            }
        )
    return lessons


def _share(passages: Sequence[Passage], position: int, count: int) -> list[Passage]:
    quotable = [passage for passage in passages if passage.sentences()] or list(passages)
    if len(quotable) < count:
        return [quotable[position % len(quotable)]]
    start, end = position * len(quotable) // count, (position + 1) * len(quotable) // count
    return quotable[start:end][:12]


def _sections(titles: Sequence[str], request: Request) -> list[dict[str, str]]:
    """Text, and for the third section something to do; the second of a programming lesson shows code."""
    kinds = ["text"] * len(titles)
    if len(kinds) > 2:
        kinds[2] = "exercise"
    if category_of(request.topic) == "programming":
        kinds[1] = "code"
    return [{"title": _clipped(title, 200), "kind": kind} for title, kind in zip(titles, kinds, strict=True)]


def _modules(lessons: list[dict[str, Any]], bank: Bank, rng: random.Random, slots: dict[str, str]) -> list[dict[str, Any]]:
    count = max(1, min(len(bank.modules), round(len(lessons) / 3)))
    names = [bank.modules[index * len(bank.modules) // count] for index in range(count)]
    return [
        {
            "title": title,
            "description": say(description, rng, **slots),
            "lessons": lessons[index * len(lessons) // count : (index + 1) * len(lessons) // count],
        }
        for index, (title, description) in enumerate(names)
    ]


def lesson(reading: Reading) -> dict[str, Any]:
    request, planned = reading.request, reading.lesson
    if request is None or planned is None:
        raise ValueError("the prompt names no lesson")
    bank = bank_for(request.language)
    title = str(planned["title"])
    rng = _seeded("lesson", request.topic, title, request.language, [passage.text for passage in request.passages])
    slots = {
        "topic": request.topic,
        "lesson": title,
        "focus": _focus(title, bank, request.topic),
        "level": bank.levels.get(request.difficulty, next(iter(bank.levels.values()))),
    }
    wanted = set(planned.get("passages") or [])
    own = [passage for passage in request.passages if passage.number in wanted] or list(request.passages)
    stock = _Stock(bank, rng)
    sections = []
    for index, section in enumerate(planned["sections"]):
        mine = own[index % len(own) :: len(planned["sections"])] or own[:1] if own else []
        sections.append(_section(section, mine, stock, slots, reading.section_words))
    return {
        "summary": str(planned["summary"]),
        "sections": sections,
        "questions": _questions(bank, rng, slots, own),
    }


class _Stock:
    """Draws paragraphs without repeating one before the stock is used up."""

    def __init__(self, bank: Bank, rng: random.Random) -> None:
        self.bank = bank
        self.rng = rng
        self._left: dict[str, list[str]] = {}

    def take(self, role: str) -> str:
        left = self._left.setdefault(role, [])
        if not left:
            left += self.rng.sample(getattr(self.bank, role), len(getattr(self.bank, role)))
        return left.pop()


def _section(planned: dict[str, Any], passages: list[Passage], stock: _Stock, slots: dict[str, str], words: int) -> dict[str, Any]:
    citations = _citations(passages, stock.rng)
    quotes = [say(stock.take("quoted"), stock.rng, **slots, quote=citation["quote"]) for citation in citations]
    kind = str(planned["kind"])
    if kind == "exercise":
        content = _exercise(stock, slots, quotes)
    elif kind == "code":
        content = _code(stock, slots, quotes)
    else:
        content = _text(stock, slots, quotes, words)
    return {"title": planned["title"], "kind": kind, "content": content, "citations": citations}


def _focus(title: str, bank: Bank, topic: str) -> str:
    """What the lesson turns on, as a phrase that fits into a sentence."""
    for stage in bank.stages:
        if stage.title.replace("{topic}", topic) == title:
            return stage.focus
    before, after = bank.sourced_title.split("{focus}")
    if title.casefold().startswith(before.casefold()) and title.endswith(after):
        focus = title[len(before) : len(title) - len(after)]
        return focus if focus[1:2].isupper() else focus[:1].lower() + focus[1:]
    return f"“{title}”"


def _text(stock: _Stock, slots: dict[str, str], quotes: list[str], words: int) -> str:
    rng = stock.rng
    parts = [say(stock.take("opening"), rng, **slots)]
    for quote in quotes:
        parts.append(f"{quote} {say(stock.take('after_quote'), rng, **slots)}")
    body = cycle(("why", "how", "example", "mistake"))
    heading = dict(zip(("why", "how", "example", "mistake"), stock.bank.headings, strict=False))
    while sum(len(part.split()) for part in parts) < words - 50:
        role = next(body)
        paragraph = say(stock.take(role), rng, **slots)
        title = heading.pop(role, None)
        parts.append(f"### {title}\n\n{paragraph}" if title else paragraph)
    parts.append(f"### {stock.bank.headings[-1]}\n\n{say(stock.take('closing'), rng, **slots)}")
    return "\n\n".join(parts)


def _exercise(stock: _Stock, slots: dict[str, str], quotes: list[str]) -> str:
    rng = stock.rng
    steps = sorted(rng.sample(range(len(stock.bank.steps)), 5))
    listed = "\n".join(f"{number}. {say(stock.bank.steps[index], rng, **slots)}" for number, index in enumerate(steps, start=1))
    return "\n\n".join([say(stock.take("exercise"), rng, **slots), *quotes[:1], listed, say(stock.take("closing"), rng, **slots)])


def _code(stock: _Stock, slots: dict[str, str], quotes: list[str]) -> str:
    rng = stock.rng
    start, step = rng.randint(2, 9), rng.randint(2, 5)
    program = "\n".join(
        (
            "```python",
            "def running_total(values):",
            "    total = 0",
            "    for position, value in enumerate(values, start=1):",
            "        total += value",
            "        yield position, total",
            "",
            f"for position, total in running_total(range({start}, {start + 4 * step}, {step})):",
            '    print(f"after {position}: {total}")',
            "```",
        )
    )
    return "\n\n".join([say(stock.take("code_lead"), rng, **slots), *quotes, program, say(stock.take("mistake"), rng, **slots)])


def _citations(passages: list[Passage], rng: random.Random) -> list[dict[str, Any]]:
    """One sentence of each of up to three passages; of a single passage two, if it has them."""
    citations = []
    for passage in passages[:3]:
        sentences = passage.sentences() or [" ".join(passage.text.split()[:25])]
        quotes = rng.sample(sentences, min(len(sentences), 2 if len(passages) == 1 else 1))
        citations += [{"passage": passage.number, "quote": _clipped(quote, 390)} for quote in quotes]
    return citations


def _questions(bank: Bank, rng: random.Random, slots: dict[str, str], own: list[Passage]) -> list[dict[str, Any]]:
    templates = rng.sample(bank.questions, 3)
    questions = [_question(template, rng, slots) for template in templates]
    sourced = _sourced_question(bank, rng, slots, own)
    return [sourced, *questions[:2]] if sourced else questions


def _question(template: QuestionTemplate, rng: random.Random, slots: dict[str, str]) -> dict[str, Any]:
    right = say(template.right, rng, **slots)
    options = [right, *(say(wrong, rng, **slots) for wrong in template.wrong)]
    rng.shuffle(options)
    return {
        "question": say(template.question, rng, **slots),
        "options": options,
        "correct_option": options.index(right),
        "explanation": say(template.explanation, rng, **slots),
        "level": template.level,
    }


def _sourced_question(bank: Bank, rng: random.Random, slots: dict[str, str], own: list[Passage]) -> dict[str, Any] | None:
    """The right option stands in the source word for word; the wrong ones do not."""
    candidates = [(passage, sentence) for passage in own for sentence in passage.sentences() if len(sentence) <= 220]
    if not candidates:
        return None
    passage, right = rng.choice(candidates)
    wrong = [say(template.wrong[0], rng, **slots) for template in rng.sample(bank.questions, 3)]
    options = list(dict.fromkeys([right, *wrong]))[:4]
    rng.shuffle(options)
    return {
        "question": say(bank.sourced_question, rng, **slots),
        "options": options,
        "correct_option": options.index(right),
        "explanation": say(bank.sourced_explanation, rng, **slots, number=str(passage.number), quote=right),
        "level": "remember",
    }


def _objective(text: str, level: str, rng: random.Random, slots: dict[str, str]) -> dict[str, str]:
    return {"text": _clipped(say(text, rng, **slots), 200), "level": level}


def _tags(request: Request) -> list[str]:
    own = key_terms([request.topic], 3)
    from_source = key_terms([passage.text for passage in request.passages], 3, avoid=own) if request.passages else []
    return [tag[:50] for tag in (*own, *from_source, category_of(request.topic)) if len(tag) >= 2]


def _titled(topic: str) -> str:
    return topic[:1].upper() + topic[1:]


def _clipped(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0]
