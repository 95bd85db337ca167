"""The rules of certificates, as learners, strangers and admins meet them."""

from datetime import date
from uuid import UUID

from academy.certificates import issuance, repository, verify_page
from academy.certificates.events import CertificateRevoked
from academy.certificates.facts import ACADEMY, CertificateFacts, Revocation
from academy.certificates.schemas import CertificateList, RevokeCertificate, VerificationView
from academy.certificates.serials import Serial, parse_serial
from academy.certificates.values import CertificateStatus
from academy.certificates.verify_page import VerifyPage
from academy.platform import storage
from academy.platform.config import config
from academy.platform.db import Row, UnitOfWork
from academy.platform.errors import Conflict, Gone, NotFound, RuleBroken
from academy.platform.http import Json, Page, Request

_REVOKE = "certificate:revoke"


def verify_url(serial: str) -> str:
    return f"{config().public_url}/verify/{serial}"


def request_certificate(request: Request, course_id: UUID) -> Json:
    """Begin issuing the caller's certificate, or show the one there is. Raises RuleBroken before the course is completed."""
    row = request.work.first(repository.STANDING, caller=request.caller.id, course_id=course_id, site=config().public_url)
    if row is None:
        raise NotFound("course")
    if row.status == CertificateStatus.REVOKED:
        raise Conflict("CERTIFICATE_REVOKED", "The certificate of this course was revoked.")
    if row.status == CertificateStatus.ISSUED:
        return _issuance(course_id, CertificateStatus.ISSUED, row.certificate)
    if not row.completed:
        raise RuleBroken("COURSE_NOT_COMPLETED", "A certificate is issued once the course is completed.")
    request.audit("certificate.request", "course", course_id)
    issuance.start(request.caller.id, course_id, again=request.id)
    return _issuance(course_id, CertificateStatus.PENDING, row.certificate)


def list_certificates(request: Request, query: CertificateList) -> Page:
    """The caller's own; anybody's for who may revoke and says whose or which."""
    serial = parse_serial(query.serial) if query.serial else None
    anybodys = request.caller.can(_REVOKE) and (query.user_id is not None or query.serial is not None)
    after = query.after(str) or [None]
    rows = request.work.rows(
        repository.LIST,
        user_id=query.user_id if anybodys else request.caller.id,
        # A serial that cannot be one of ours matches nothing.
        serial=(serial or "") if query.serial else None,
        course_id=query.course_id,
        site=config().public_url,
        after_id=after[0],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    return Page.of(rows, query)


def get_certificate(request: Request, certificate_id: UUID) -> Json:
    return Json(_find(request, certificate_id).json)


def download_link(request: Request, certificate_id: UUID) -> str:
    """A link to the PDF for a few minutes. Raises Conflict while it is pending, Gone once it is revoked."""
    row = _find(request, certificate_id)
    if row.status == CertificateStatus.PENDING:
        raise Conflict("CERTIFICATE_PENDING", "The certificate is still being made. Please try again in a minute.")
    if row.status == CertificateStatus.REVOKED:
        raise Gone("This certificate was revoked.", code="CERTIFICATE_REVOKED")
    return storage.read_link(row.pdf_key, filename=f"certificate-{row.serial}.pdf", content_type="application/pdf")


def verify(work: UnitOfWork, text: str) -> VerificationView:
    """What a certificate says. Raises NotFound, without a look at the database where the serial cannot be one of ours."""
    row = _verified(work, text)
    if row is None:
        raise NotFound("certificate", "There is no certificate with this serial number.")
    return VerificationView(
        valid=row.status == CertificateStatus.ISSUED,
        status=CertificateStatus(row.status),
        serial=row.serial,
        learner=row.learner_name,
        course=row.course_title,
        instructor=row.instructor_name,
        issue_date=date.fromisoformat(row.issue_date),
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
        verify_url=verify_url(row.serial),
    )


def verification_page(work: UnitOfWork, text: str) -> VerifyPage:
    """The same for people."""
    row = _verified(work, text)
    if row is None:
        return verify_page.unknown_page(ACADEMY)
    revocation = Revocation(on=date.fromisoformat(row.revoked_on), reason=row.revoked_reason) if row.revoked_on else None
    return verify_page.certificate_page(facts_of(row), revocation)


def revoke(request: Request, certificate_id: UUID, body: RevokeCertificate) -> Json:
    """Take back an issued certificate, for ever. Raises NotFound, Conflict."""
    row = request.work.first(repository.REVOKE, id=certificate_id, caller=request.caller.id, reason=body.reason, site=config().public_url)
    if row is None:
        status = request.work.value(repository.STATUS, id=certificate_id)
        if status is None:
            raise NotFound("certificate")
        if status == CertificateStatus.REVOKED:
            raise Conflict("CERTIFICATE_REVOKED", "It was revoked before.")
        raise Conflict("CERTIFICATE_PENDING", "It has not been issued yet.")
    request.audit(
        "certificate.revoke",
        "certificate",
        certificate_id,
        before={"status": CertificateStatus.ISSUED},
        after={"status": CertificateStatus.REVOKED, "reason": body.reason},
    )
    request.work.emit(CertificateRevoked(certificate_id=certificate_id, user_id=row.user_id, course_id=row.course_id, serial=row.serial))
    return Json(row.json)


def facts_of(row: Row) -> CertificateFacts:
    """What is printed, from a row that has its columns."""
    return CertificateFacts(
        academy=ACADEMY,
        serial=Serial(row.serial),
        learner=row.learner_name,
        course=row.course_title,
        instructor=row.instructor_name,
        issued_on=date.fromisoformat(row.issue_date),
        verify_url=verify_url(row.serial),
    )


def _find(request: Request, certificate_id: UUID) -> Row:
    row = request.work.first(
        repository.GET, id=certificate_id, caller=request.caller.id, any=request.caller.can(_REVOKE), site=config().public_url
    )
    if row is None:
        raise NotFound("certificate")
    return row


def _verified(work: UnitOfWork, text: str) -> Row | None:
    serial = parse_serial(text)
    return work.first(repository.VERIFY, serial=serial) if serial else None


def _issuance(course_id: UUID, status: CertificateStatus, certificate: str | None) -> Json:
    """An `IssuanceView`; the certificate is JSON already."""
    return Json(f'{{"courseId":"{course_id}","status":"{status}","certificate":{certificate or "null"}}}')
