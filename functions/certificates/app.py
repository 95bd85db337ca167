"""Certificates: a learner's own, and their verification by anybody."""

from uuid import UUID

from academy.certificates import schemas, service
from academy.certificates.verify_page import CONTENT_TYPE, POLICY
from academy.platform.http import Answer, Api, Request, accepted, member, ok, page_of, public, redirect, requires
from academy.platform.http.access import Rows

api = Api("certificates", tag="Certificates")
handler = api.handler


@api.post(
    "/courses/{id}/certificate",
    access=requires("certificate:request", rows=Rows.SELF),
    status=202,
    answers=schemas.IssuanceView,
    errors=[409, 422, 503],
)
def request_certificate(request: Request, id: UUID) -> Answer:
    """Begin issuing the certificate of a completed course; it is issued by itself too, and once."""
    return accepted(service.request_certificate(request, id))


@api.get("/certificates", access=member(), answers=schemas.CertificateView, paged=True)
def list_certificates(request: Request, query: schemas.CertificateList) -> Answer:
    """My certificates, latest first."""
    return page_of(service.list_certificates(request, query))


@api.get("/certificates/verify/{serial}", access=public(), answers=schemas.VerificationView, errors=[404])
def verify_certificate(request: Request, serial: str) -> Answer:
    """Is this certificate genuine, and what does it say."""
    return ok(service.verify(request.work, serial))


@api.get("/certificates/{id}", access=member(rows=Rows.SELF_OR_ADMIN), answers=schemas.CertificateView)
def get_certificate(request: Request, id: UUID) -> Answer:
    """One certificate of mine."""
    return ok(service.get_certificate(request, id))


@api.get("/certificates/{id}/download", access=member(rows=Rows.SELF_OR_ADMIN), status=302, etag=False, errors=[409, 410])
def download_certificate(request: Request, id: UUID) -> Answer:
    """The PDF, by a link that lasts a few minutes."""
    return redirect(service.download_link(request, id))


@api.post("/certificates/{id}/revoke", access=requires("certificate:revoke"), answers=schemas.CertificateView, errors=[409])
def revoke_certificate(request: Request, id: UUID, body: schemas.RevokeCertificate) -> Answer:
    """Take back a certificate; it stays verifiable and says that it was revoked, and why."""
    return ok(service.revoke(request, id, body), "The certificate is revoked.")


@api.get("/verify/{serial}", access=public(), media_type="text/html", prefixed=False, errors=[404])
def show_verification(request: Request, serial: str) -> Answer:
    """The same for people: the page that a certificate's QR code leads to."""
    page = service.verification_page(request.work, serial)
    return Answer(page.status, page.html, CONTENT_TYPE, headers={"Content-Security-Policy": POLICY})
