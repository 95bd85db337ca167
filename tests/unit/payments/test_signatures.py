"""The vendor's signatures, as it describes them: HMAC-SHA256 of the bytes, in hexadecimal."""

from academy.payments.signatures import sign, signed

MESSAGE, SECRET = b"order_1|pay_1", "s3cret"


def test_it_is_the_hmac_of_the_message() -> None:
    # RFC 4231, test case 2
    assert sign(b"what do ya want for nothing?", "Jefe") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_any_of_the_secrets_fits_and_an_empty_one_never() -> None:
    signature = sign(MESSAGE, SECRET)

    assert signed(MESSAGE, signature, [SECRET])
    assert signed(MESSAGE, signature, ["old", SECRET])
    assert signed(MESSAGE, signature, [SECRET, "new"])
    assert not signed(MESSAGE, signature, ["old", "new"])
    assert not signed(MESSAGE, sign(MESSAGE, ""), ["", SECRET])
    assert not signed(MESSAGE, signature, [])


def test_what_is_no_signature_is_none_and_no_error() -> None:
    for given in (None, "", "é", "\udcff", sign(MESSAGE, SECRET).upper(), sign(MESSAGE + b"!", SECRET)):
        assert not signed(MESSAGE, given, [SECRET])
