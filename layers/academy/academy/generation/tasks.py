"""The tasks of the state machine. Each may run twice, or die at any point: what is finished is not done, nor paid for, again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.catalog import assembly as catalog
from academy.generation import assembly, ledger, objects, pipeline, publishing, sources, steps
from academy.generation.contents import Lesson, Outline
from academy.generation.costs import worst_case_micros
from academy.generation.events import GenerationCompleted, GenerationFailed
from academy.generation.failures import explained
from academy.generation.ledger import Account
from academy.generation.objects import ObjectStore
from academy.generation.pipeline import Guard, Picture, Written
from academy.generation.settings import PICTURE_MICROS
from academy.generation.sources import Passage
from academy.generation.steps import Job
from academy.generation.vendors import Charge, GenerationError, ImageModel, TextModel, TextRequest
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork
from academy.platform.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the tasks work with. The models are got when one is needed: to record a failure, or to draw a picture of our own, must not
    depend on a vendor's key."""

    db: Database
    store: ObjectStore
    text_model: Callable[[], TextModel]
    image_model: Callable[[], ImageModel]

    def plan(self, job_id: UUID) -> dict[str, Any]:
        """Answers with the positions of the lessons that are still to be written."""
        job, _ = self.db.transact(lambda work: steps.begin(work, job_id))
        if job.done("outline") is None:
            passages = self._passages(job)

            def run(guard: Guard) -> Written[Outline]:
                return pipeline.plan_outline(self.text_model(), job.brief, passages, on_behalf_of=str(job.user_id), guard=guard)

            self._write(job, "outline", run, stage="writing", detail=lambda outline: {"title": outline.title})
        return {"positions": [n for n in range(job.brief.lessons) if job.done(steps.lesson_step(n)) is None]}

    def lesson(self, job_id: UUID, position: int) -> dict[str, Any]:
        job = self._load(job_id)
        step = steps.lesson_step(position)
        if job.done(step) is None:
            outline, passages = self._outline(job), self._passages(job)

            def run(guard: Guard) -> Written[Lesson]:
                return pipeline.write_lesson(
                    self.text_model(), job.brief, passages, outline, position, on_behalf_of=str(job.user_id), guard=guard
                )

            self._write(job, step, run, detail=lambda _: {"title": outline.lessons[position].title})
        return {"position": position}

    def lesson_failed(self, job_id: UUID, position: int, error: Mapping[str, Any]) -> dict[str, Any]:
        self._in_transaction(lambda work: steps.fail_step(work, job_id, steps.lesson_step(position), error=explained(error)))
        return {"position": position}

    def thumbnail(self, job_id: UUID) -> dict[str, Any]:
        job = self._load(job_id)
        if job.done("thumbnail") is None:
            account = Account(job_id=job.id, user_id=job.user_id, step="thumbnail")
            model = self.image_model()
            reserved, _ = self.db.transact(lambda work: ledger.reserve(work, account, model=model.name, micros=PICTURE_MICROS))
            try:
                picture = pipeline.draw_thumbnail(model, self._outline(job), on_behalf_of=str(job.user_id))
            except GenerationError as error:
                self._settle(account, [reserved], error.charges)
                raise
            self._keep_picture(job, picture, account, [reserved])
        return {}

    def thumbnail_fallback(self, job_id: UUID) -> dict[str, Any]:
        job = self._load(job_id)
        if job.done("thumbnail") is None:
            account = Account(job_id=job.id, user_id=job.user_id, step="thumbnail")
            self._keep_picture(job, pipeline.fallback_thumbnail(self._outline(job)), account, [])
        return {}

    def assemble(self, job_id: UUID) -> dict[str, Any]:
        """Raises LessonsMissingError."""
        ready = self.db.read(lambda work: steps.look(work, job_id))
        if ready.status == "completed":
            return {"courseId": str(ready.course_id)}
        outline, passages = self._outline(ready), self._passages(ready)
        lessons = {n: self._lesson(ready, n) for n in range(len(outline.lessons)) if ready.done(steps.lesson_step(n)) is not None}

        def write(work: UnitOfWork) -> str:
            job = steps.lock(work, job_id)
            if job.status == "completed":
                return str(job.course_id)
            if job.status != "processing":
                raise steps.JobStopped(str(job_id))
            draft = assembly.assemble(job.brief, passages, outline, lessons, ledger.charges_of(work, job_id))
            course_id = uuid7()
            course = publishing.as_course(draft, course_id=course_id, job=job, picture=job.done("thumbnail"))
            catalog.create_generated_course(work, job.user_id, course)
            steps.complete(work, job_id, course_id)
            work.emit(GenerationCompleted(job_id=job_id, user_id=job.user_id, course_id=course_id, title=draft.title))
            return str(course_id)

        return {"courseId": self._in_transaction(write)}

    def fail(self, job_id: UUID, error: Mapping[str, Any]) -> dict[str, Any]:
        """The last word on a job that stopped; a job that was cancelled, or is complete, stays so."""
        reason = explained(error)

        def end(work: UnitOfWork) -> bool:
            ended = steps.end(work, job_id, error=reason)
            if ended is not None:
                user_id, topic = ended
                work.emit(GenerationFailed(job_id=job_id, user_id=user_id, title=topic, code=reason["code"], reason=reason["message"]))
            return ended is not None

        return {"ended": self._in_transaction(end)}

    def _write[M: (Outline, Lesson)](
        self,
        job: Job,
        step: str,
        run: Callable[[Guard], Written[M]],
        *,
        detail: Callable[[M], dict[str, Any]],
        stage: str | None = None,
    ) -> None:
        """Run a step that pays: each call put down before it, all of them settled after it, also when it fails."""
        account = Account(job_id=job.id, user_id=job.user_id, step=step)
        reserved: list[UUID] = []

        def guard(request: TextRequest) -> None:
            model = self.text_model().name
            micros = worst_case_micros(model, request)
            one, _ = self.db.transact(lambda work: ledger.reserve(work, account, model=model, micros=micros))
            reserved.append(one)

        try:
            written = run(guard)
        except GenerationError as error:
            self._settle(account, reserved, error.charges)
            raise
        try:
            key = objects.keep(self.store, job.id, step, written.value)
        except Exception:
            # Written, paid for and lost: the next run pays again, and the bill has to know of both.
            self._settle(account, reserved, written.charges)
            raise

        def finish(work: UnitOfWork) -> None:
            ledger.settle(work, account, reserved=reserved, charges=written.charges)
            steps.finish(work, job.id, step, key=key, detail={**detail(written.value), "repaired": written.repaired}, stage=stage)

        self._in_transaction(finish)

    def _keep_picture(self, job: Job, picture: Picture, account: Account, reserved: list[UUID]) -> None:
        try:
            key = objects.keep_picture(self.store, job.id, picture.content, picture.content_type)
        except Exception:
            self._settle(account, reserved, picture.charges)
            raise

        def finish(work: UnitOfWork) -> None:
            ledger.settle(work, account, reserved=reserved, charges=picture.charges)
            steps.finish(work, job.id, "thumbnail", key=key, detail={"altText": picture.alt_text, "drawnBy": picture.drawn_by})

        self._in_transaction(finish)

    def _settle(self, account: Account, reserved: list[UUID], charges: tuple[Charge, ...]) -> None:
        self._in_transaction(lambda work: ledger.settle(work, account, reserved=reserved, charges=charges))

    def _in_transaction[T](self, job: Callable[[UnitOfWork], T]) -> T:
        result, work = self.db.transact(job)
        outbox.finish(self.db, work)
        return result

    def _load(self, job_id: UUID) -> Job:
        return self.db.read(lambda work: steps.load(work, job_id))

    def _passages(self, job: Job) -> tuple[Passage, ...]:
        return sources.split(self.store.get(job.source_key).decode()) if job.source_key else ()

    def _outline(self, job: Job) -> Outline:
        step = job.done("outline")
        if step is None or step.key is None:
            # A second run of the plan, or a first one of another attempt, may have finished it since this job was read.
            step = self._load(job.id).done("outline")
        if step is None or step.key is None:
            raise steps.JobStopped(f"{job.id} has no outline")
        return objects.fetch(self.store, step.key, Outline)

    def _lesson(self, job: Job, position: int) -> Lesson:
        step = job.steps[steps.lesson_step(position)]
        return objects.fetch(self.store, step.key or "", Lesson)


def run(workshop: Workshop, event: Mapping[str, Any]) -> dict[str, Any]:
    """One task, as the state machine names it. Raises KeyError for one that does not exist."""
    job_id = UUID(event["jobId"])
    tasks: dict[str, Callable[[], dict[str, Any]]] = {
        "plan": lambda: workshop.plan(job_id),
        "lesson": lambda: workshop.lesson(job_id, event["position"]),
        "lesson_failed": lambda: workshop.lesson_failed(job_id, event["position"], event["error"]),
        "thumbnail": lambda: workshop.thumbnail(job_id),
        "thumbnail_fallback": lambda: workshop.thumbnail_fallback(job_id),
        "assemble": lambda: workshop.assemble(job_id),
        "fail": lambda: workshop.fail(job_id, event["error"]),
    }
    return tasks[event["task"]]()
