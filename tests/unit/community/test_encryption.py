"""Web push's keys and bodies against RFC 8291's own example, and what may be pushed to."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwt

from academy.community.push import vapid
from academy.community.push.encryption import MOST_BYTES, BrowserKeys, encrypt, point_of, public_bytes, unpadded
from academy.community.push.endpoints import ForeignEndpoint, origin_of

TEXT = b"When I grow up, I want to be a watermelon"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc() -> None:
    """RFC 8291, section 5 and appendix A."""
    ephemeral = ec.derive_private_key(int.from_bytes(unpadded(OURS)), ec.SECP256R1())

    body = encrypt(TEXT, BrowserKeys(point_of(THEIRS), unpadded(AUTH)), ephemeral=ephemeral, salt=unpadded(SALT))

    assert base64.urlsafe_b64encode(body).rstrip(b"=").decode() == BODY


def test_the_longest_that_can_be_said_fills_the_record_and_no_two_bodies_are_alike() -> None:
    keys = BrowserKeys(point_of(THEIRS), unpadded(AUTH))

    bodies = [encrypt(b"x" * MOST_BYTES, keys) for _ in range(2)]

    assert [len(body) for body in bodies] == [4096, 4096]
    assert bodies[0][:16] != bodies[1][:16]
    assert bodies[0][21:86] != bodies[1][21:86], "the key is of this push alone"
    with pytest.raises(ValueError, match="do not fit"):
        encrypt(b"x" * (MOST_BYTES + 1), keys)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "B" * 87,  # the right length, and not on the curve
        THEIRS[:-4],
        THEIRS + "AAAA",
        "ä" * 87,
        base64.urlsafe_b64encode(b"\x00").decode(),  # infinity
        base64.urlsafe_b64encode(public_bytes(ec.generate_private_key(ec.SECP384R1()).public_key())).decode(),
    ],
)
def test_what_is_no_point_of_the_curve_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        point_of(text)


def test_who_pushes_is_told_to_one_service_for_some_hours() -> None:
    header = vapid.authorization("https://fcm.googleapis.com")

    assert vapid.authorization("https://fcm.googleapis.com") == header, "a token is used again"
    parts = dict(part.split("=", 1) for part in header.removeprefix("vapid ").split(", "))
    assert parts["k"] == vapid.public_key()
    x, y = unpadded(parts["k"])[1:33], unpadded(parts["k"])[33:]
    key = {"kty": "EC", "crv": "P-256", **{name: base64.urlsafe_b64encode(n).decode().rstrip("=") for name, n in (("x", x), ("y", y))}}
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience="https://fcm.googleapis.com")
    assert claims["sub"] == "mailto:academy@academy.test"
    assert jwt.get_unverified_claims(vapid.authorization("https://web.push.apple.com").split("t=")[1].split(",")[0])["aud"].endswith(
        "apple.com"
    )


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", "https://fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAAA", "https://updates.push.services.mozilla.com"),
        ("https://wns2-pn1p.notify.windows.com/w/?token=BQYAAAB%2f", "https://wns2-pn1p.notify.windows.com"),
        ("https://web.push.apple.com/QGuQyavXutnMH", "https://web.push.apple.com"),
    ],
)
def test_the_push_services_that_we_know(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "/fcm/send/abc",
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com/",
        "https://fcm.googleapis.com:443/fcm/send/abc",
        "https://fcm.googleapis.com:8443/fcm/send/abc",
        "https://fcm.googleapis.com.evil.test/fcm/send/abc",
        "https://evil.test/.notify.windows.com/abc",
        "https://evil.test#.notify.windows.com/abc",
        "https://evil.test\\.notify.windows.com/abc",
        "https://evil.test;.notify.windows.com/abc",
        "https://evil.test%2f.notify.windows.com/abc",
        "https://fcm.googleapis.com@evil.test/abc",
        "https://a:b@fcm.googleapis.com/abc",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/abc",
        "https://localhost/abc",
        "http://127.0.0.1:4573/push/abc",
        "https://fcm.googleapis.com:x/abc",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\nHost: evil",
        "https://notify.windows.com/abc",
        "https://fcm.googleapis.com/" + "a" * 1000,
    ],
)
def test_no_other_address_is_ever_called(endpoint: str) -> None:
    with pytest.raises(ForeignEndpoint):
        origin_of(endpoint)
