"""Coupons: who makes them, what they take off, and that they are never used more often than allowed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.platform import config as configuration
from academy.platform import limits
from academy.platform.http import Answer
from infra.local.razorpay.bank import Bank
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.learning.threads import at_the_same_time, held_open, wait_for_a_lock, with_own
from tests.integration.payments.buying import PRICE, asking, buy, count, open_orders, order, ordering, uses
from tests.payments import FakeGateway, pay


def changed(reply: Reply, client: Client, user: dict[str, Any], **changes: Any) -> Reply:
    return client.put(f"/coupons/{reply.data['id']}", changes, user=user, headers={"If-Match": reply.headers["ETag"]})


def test_an_order_with_a_coupon(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any]
) -> None:
    coupon = make.coupon(owner, code="Welcome-20")

    made = order(client, learner, course, couponCode="wELCOME-20").data
    again = order(client, learner, course, couponCode="WELCOME-20").data

    assert (made["amount"], made["discount"], made["price"], made["tax"]) == (39920, 9980, PRICE, 6089)
    assert again == made == order(client, learner, course).data
    assert uses(make, coupon) == 1
    assert make.rows("select number, status, discount from coupon_uses") == [{"number": 1, "status": "reserved", "discount": 9980}]


def test_a_paid_coupon_is_redeemed(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    coupon = make.coupon(owner)

    assert buy(client, bank, learner, course, couponCode=coupon["code"]).data["enrolled"]

    assert uses(make, coupon) == 1
    assert make.value("select status from coupon_uses") == "redeemed"
    assert make.rows("select price, discount, total from invoices") == [{"price": PRICE, "discount": 9980, "total": 39920}]


def test_a_coupon_of_everything_lets_one_in_at_once(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    coupon = make.coupon(owner, percent=100, max_uses=1)

    reply = order(client, learner, course, couponCode=coupon["code"])

    assert reply.status == 201
    assert (reply.data["amount"], reply.data["status"], reply.data["razorpayOrderId"]) == (0, "paid", None)
    (enrollment,) = make.rows("select id, source, status from enrollments")
    assert (str(enrollment["id"]), enrollment["source"]) == (reply.data["enrollmentId"], "coupon")
    (payment,) = make.rows("select status, amount, amount_captured, applied from payments")
    assert payment == {"status": "captured", "amount": 0, "amount_captured": 0, "applied": True}
    assert make.rows("select total, price, discount from invoices") == [{"total": 0, "price": PRICE, "discount": PRICE}]
    assert make.value("select status from coupon_uses") == "redeemed"
    assert {"payment.captured", "enrollment.created"} <= {row["kind"] for row in make.rows("select kind from outbox")}
    assert not gateway.calls
    assert uses(make, coupon) == 1
    assert order(client, make.user(), course, couponCode=coupon["code"]).code == "COUPON_NOT_APPLICABLE"
    # Who leaves comes back by the same coupon.
    client.delete(f"/courses/{course['id']}/enroll", user=learner)
    assert order(client, learner, course).data["orderId"] == reply.data["orderId"]
    assert make.value("select source from enrollments where status = 'active'") == "coupon"


# Codes that do not fit


def misfits(make: Factory, owner: dict[str, Any], learner: dict[str, Any]) -> dict[str, str]:
    """Codes by why they do not fit."""
    now, day = datetime.now(UTC), timedelta(days=1)
    other = make.user("instructor")
    spent = make.coupon(owner, max_uses_per_user=1)
    theirs = make.course(owner, price=PRICE)
    bought = make.purchase(learner, theirs, coupon_id=spent["id"])
    make.execute(
        "insert into coupon_uses (order_id, coupon_id, user_id, number, status, discount) values (:order, :coupon, :user, 1, 'redeemed', 5)",
        order=bought["id"],
        coupon=spent["id"],
        user=learner["id"],
    )
    coupons = {
        "another's": make.coupon(other),
        "another course's": make.coupon(owner, course_id=theirs["id"]),
        "expired": make.coupon(owner, ends_at=now - day),
        "not yet": make.coupon(owner, starts_at=now + day),
        "used up": make.coupon(owner, max_uses=3, uses=3),
        "removed": make.coupon(owner, deleted_at=now),
        "of another currency": make.coupon(owner, amount=100, currency="USD"),
        "used by them": spent,
        "for a first purchase": make.coupon(owner, first_purchase_only=True),
    }
    return {"unknown": "NO-SUCH-CODE", "odd": "%' or 1=1 --", "dotless": "ı", **{why: coupon["code"] for why, coupon in coupons.items()}}


def test_all_codes_that_do_not_fit_are_told_alike(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    before = count(make, "orders")
    told = {}
    for why, code in misfits(make, owner, learner).items():
        reply = order(client, learner, course, couponCode=code)
        told[why] = (reply.status, {name: value for name, value in reply.json.items() if name != "requestId"})

    assert len({str(answer) for answer in told.values()}) == 1, told
    assert told["unknown"][0] == 422
    assert told["unknown"][1]["code"] == "COUPON_NOT_APPLICABLE"
    assert count(make, "orders") == before + 1  # the one of `misfits`
    assert not bank.books.orders


def test_guessing_is_limited_by_a_class_of_its_own(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = make.coupon(owner)
    monkeypatch.setenv("RATE_LIMITS", "production")
    configuration.config.cache_clear()
    allowed = limits.PRODUCTION["coupons"].hits

    wrong = [order(client, learner, course, couponCode=f"GUESS-{n}").status for n in range(allowed)]
    another, found = order(client, learner, course, couponCode="GUESS"), order(client, learner, course, couponCode=right["code"])

    assert wrong == [422] * allowed
    assert (another.status, another.code) == (429, "RATE_LIMITED")
    # The right one is told from the wrong ones no more, and who needs no coupon buys on.
    assert (found.status, found.code) == (429, "RATE_LIMITED")
    assert 0 < int(found.headers["Retry-After"]) <= limits.PRODUCTION["coupons"].seconds
    assert order(client, learner, course).status == 201
    assert order(client, make.user(), course, couponCode=right["code"]).status == 201


# Never more often than allowed


def test_ten_uses_for_fifty_buyers_at_once(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], database_url: str
) -> None:
    coupon = make.coupon(owner, max_uses=10)
    buyers = [make.user() for _ in range(50)]

    answers = at_the_same_time(database_url, [ordering(buyer, course, couponCode=coupon["code"]) for buyer in buyers])

    made = [answer for answer in answers if isinstance(answer, Answer)]
    assert sorted(answer.status for answer in made) == [201] * 10 + [422] * 40, answers
    assert all("COUPON_NOT_APPLICABLE" in str(answer.body) for answer in made if answer.status == 422)
    assert uses(make, coupon) == 10
    assert len(open_orders(make)) == 10


def test_a_learners_uses_are_counted_over_courses_bought_at_once(
    client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any], database_url: str
) -> None:
    coupon = make.coupon(owner, max_uses_per_user=2)
    courses = [make.course(owner, price=PRICE) for _ in range(8)]

    answers = at_the_same_time(database_url, [ordering(learner, course, couponCode=coupon["code"]) for course in courses])

    assert sorted(answer.status for answer in answers) == [201] * 2 + [422] * 6
    assert uses(make, coupon) == 2
    assert sorted(row["number"] for row in make.rows("select number from coupon_uses")) == [1, 2]


def test_a_first_purchase_is_one_however_fast(
    client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any], database_url: str
) -> None:
    coupon = make.coupon(owner, first_purchase_only=True)
    courses = [make.course(owner, price=PRICE) for _ in range(5)]

    answers = at_the_same_time(database_url, [ordering(learner, course, couponCode=coupon["code"]) for course in courses])

    assert sorted(answer.status for answer in answers) == [201] + [422] * 4
    assert uses(make, coupon) == 1


def test_who_waited_for_their_turn_sees_what_the_coupon_was_used_for_meanwhile(
    client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any], database_url: str
) -> None:
    coupon = make.coupon(owner, first_purchase_only=True)
    first, second = (make.course(owner, price=PRICE) for _ in range(2))

    with held_open(database_url, asking(learner, first, couponCode=coupon["code"])) as commit, ThreadPoolExecutor(1) as pool:
        late = pool.submit(with_own(database_url, ordering(learner, second, couponCode=coupon["code"])))
        wait_for_a_lock(database_url)
        commit()
        answer = late.result(timeout=60)

    assert isinstance(answer, Answer)
    assert (answer.status, uses(make, coupon)) == (422, 1)


def test_another_coupon_takes_the_orders_place_and_frees_the_first(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any]
) -> None:
    small, large = make.coupon(owner, max_uses=1), make.coupon(owner, percent=50, max_uses=1)

    first = order(client, learner, course, couponCode=small["code"]).data
    second = order(client, learner, course, couponCode=large["code"]).data

    assert (second["amount"], second["discount"]) == (24950, 24950)
    states = {str(row["id"]): row["status"] for row in make.rows("select id, status from orders")}
    assert states == {first["orderId"]: "replaced", second["orderId"]: "open"}
    assert (uses(make, small), uses(make, large)) == (0, 1)
    assert order(client, make.user(), course, couponCode=small["code"]).status == 201


def test_a_code_that_does_not_fit_leaves_the_open_order(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any]
) -> None:
    made = order(client, learner, course).data

    assert order(client, learner, course, couponCode="NO-SUCH").code == "COUPON_NOT_APPLICABLE"
    assert order(client, learner, course).data == made


def test_the_last_use_stays_the_learners_when_their_order_expires(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any]
) -> None:
    coupon = make.coupon(owner, max_uses=1, max_uses_per_user=1, first_purchase_only=True)
    old = order(client, learner, course, couponCode=coupon["code"]).data
    make.execute("update orders set expires_at = now() - interval '1 second'")

    new = order(client, learner, course, couponCode=coupon["code"])

    assert (new.status, new.data["discount"]) == (201, 9980)
    assert new.data["orderId"] != old["orderId"]
    assert uses(make, coupon) == 1
    assert sorted(row["status"] for row in make.rows("select status from coupon_uses")) == ["released", "reserved"]


def test_another_bill_keeps_the_coupon(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any]
) -> None:
    coupon = make.coupon(owner, max_uses=1)
    plain = order(client, learner, course, couponCode=coupon["code"]).data

    billed = order(client, learner, course, billing={"state": "29"}).data

    assert billed["orderId"] != plain["orderId"]
    assert (billed["discount"], billed["amount"]) == (plain["discount"], plain["amount"])
    assert uses(make, coupon) == 1


def test_one_first_purchase_coupon_takes_the_place_of_another(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any]
) -> None:
    small, large = (make.coupon(owner, percent=percent, first_purchase_only=True) for percent in (10, 30))

    made = [order(client, learner, course, couponCode=coupon["code"]) for coupon in (small, large)]

    assert [reply.data["discount"] for reply in made] == [4990, 14970]
    assert (uses(make, small), uses(make, large)) == (0, 1)


def test_two_learners_swap_their_coupons_at_the_same_time(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], database_url: str
) -> None:
    """Each takes what the other gives back: locked in opposite orders, and nobody is told so."""
    coupons = [make.coupon(owner), make.coupon(owner)]
    learners = [make.user() for _ in range(8)]
    for n, each in enumerate(learners):
        order(client, each, course, couponCode=coupons[n % 2]["code"])

    answers = at_the_same_time(
        database_url, [ordering(each, course, couponCode=coupons[(n + 1) % 2]["code"]) for n, each in enumerate(learners)]
    )

    assert [answer.status for answer in answers] == [201] * 8
    assert [uses(make, coupon) for coupon in coupons] == [4, 4]


def test_a_coupon_that_changes_while_the_vendor_is_asked_is_looked_at_again(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway, bank: Bank
) -> None:
    coupon = make.coupon(owner)
    create = gateway.create_order

    def meanwhile(**asked: Any) -> Any:
        make.execute("update coupons set percent = 10, version = version + 1 where percent = 20")
        return create(**asked)

    gateway.create_order = meanwhile  # type: ignore[method-assign]

    made = order(client, learner, course, couponCode=coupon["code"]).data

    assert (made["discount"], made["amount"]) == (4990, 44910)
    assert bank.order(made["razorpayOrderId"])["amount"] == 44910
    assert uses(make, coupon) == 1


# Making and changing them


def test_an_instructors_coupon(client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any]) -> None:
    made = client.post("/coupons", {"code": "Spring_26", "amount": 5000, "courseId": str(course["id"]), "maxUses": 5}, user=owner)

    assert made.status == 201
    assert made.headers["Location"] == f"/api/v1/coupons/{made.data['id']}"
    assert (made.data["code"], made.data["amount"], made.data["percent"], made.data["uses"]) == ("Spring_26", 5000, None, 0)
    assert (made.data["academyWide"], made.data["active"], made.data["ownerId"]) == (False, True, str(owner["id"]))
    assert client.get(f"/coupons/{made.data['id']}", user=owner).data == made.data
    taken = client.post("/coupons", {"code": "sPRING_26", "percent": 5}, user=make.user("instructor"))
    assert (taken.status, taken.code) == (409, "COUPON_CODE_TAKEN")

    by_percent = changed(made, client, owner, percent=25, maxDiscount=1000, courseId=None)
    assert by_percent.status == 200
    assert (by_percent.data["percent"], by_percent.data["amount"], by_percent.data["maxDiscount"]) == (25, None, 1000)
    assert (by_percent.data["courseId"], by_percent.data["maxUses"], by_percent.data["code"]) == (None, 5, "Spring_26")
    assert changed(made, client, owner, percent=30).status == 412

    assert client.delete(f"/coupons/{made.data['id']}", user=owner, headers={"If-Match": made.headers["ETag"]}).status == 412
    assert client.delete(f"/coupons/{made.data['id']}", user=owner).status == 204
    assert client.get(f"/coupons/{made.data['id']}", user=owner).code == "COUPON_NOT_FOUND"
    assert client.post("/coupons", {"code": "SPRING_26", "percent": 5}, user=owner).status == 201
    assert count(make, "coupons") == 2
    actions = [row["action"] for row in make.rows("select action from audit_log order by id")]
    assert actions == ["coupon.create", "coupon.change", "coupon.remove", "coupon.create"]


IMPOSSIBLE: list[dict[str, Any]] = [
    {},
    {"percent": 10, "amount": 10},
    {"percent": 0},
    {"percent": 101},
    {"percent": 10.5},
    {"amount": 0},
    {"amount": -5},
    {"percent": 10, "code": "AB"},
    {"percent": 10, "code": "A" * 41},
    {"percent": 10, "code": "WITH SPACE"},
    {"percent": 10, "code": "ÜBER"},
    {"percent": 10, "maxUses": 0},
    {"percent": 10, "startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"},
    {"percent": 10, "uses": 0},
    {"percent": 10, "academyWide": True},
]


def test_a_coupon_that_can_not_be_is_refused(client: Client, make: Factory, owner: dict[str, Any]) -> None:
    for wrong in IMPOSSIBLE:
        assert client.post("/coupons", {"code": "GOOD", **wrong}, user=owner).code == "VALIDATION_FAILED", wrong
    assert count(make, "coupons") == 0


def test_ends_stay_after_starts_when_one_is_changed(client: Client, owner: dict[str, Any]) -> None:
    made = client.post("/coupons", {"code": "SOON", "percent": 5, "startsAt": "2030-01-01T00:00:00Z"}, user=owner)

    assert changed(made, client, owner, endsAt="2029-01-01T00:00:00Z").code == "VALIDATION_FAILED"
    assert changed(made, client, owner, endsAt="2031-01-01T00:00:00Z").status == 200


def test_fewer_uses_than_there_are_is_refused(client: Client, make: Factory, owner: dict[str, Any]) -> None:
    coupon = make.coupon(owner, max_uses=10, uses=4)

    lower = client.put(f"/coupons/{coupon['id']}", {"maxUses": 3}, user=owner)

    assert (lower.status, lower.code) == (422, "MAX_USES_BELOW_USES")
    assert client.put(f"/coupons/{coupon['id']}", {"maxUses": 4}, user=owner).data["active"] is False


def test_owners_give_away_their_own_courses_only(client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any]) -> None:
    stranger, admin = make.user("instructor"), make.user("admin")
    mine = make.coupon(stranger)

    for body in ({"code": "THEIRS", "percent": 5, "courseId": str(course["id"])},):
        assert client.post("/coupons", body, user=stranger).code == "COURSE_NOT_FOUND"
    assert client.put(f"/coupons/{mine['id']}", {"courseId": str(course["id"])}, user=stranger).code == "COURSE_NOT_FOUND"
    # An admin may, but for an instructor's coupon only within that instructor's courses.
    assert client.post("/coupons", {"code": "HOUSE", "percent": 5, "courseId": str(course["id"])}, user=admin).status == 201
    assert client.put(f"/coupons/{mine['id']}", {"courseId": str(course["id"])}, user=admin).code == "COURSE_NOT_FOUND"
    for call in (client.get, client.delete):
        assert call(f"/coupons/{mine['id']}", user=owner).code == "COUPON_NOT_FOUND"
    assert client.post("/coupons", {"code": "NONE", "percent": 5}, user=make.user()).status == 403


def test_an_admins_coupon_holds_everywhere(client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any]) -> None:
    made = client.post("/coupons", {"code": "WELCOME20", "percent": 20, "maxDiscount": 5000}, user=make.user("admin"))

    assert made.data["academyWide"] is True
    assert order(client, learner, course, couponCode="welcome20").data["discount"] == 5000


def test_the_list_of_coupons(client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any]) -> None:
    coupons = [make.coupon(owner, code=f"LIST-{n}") for n in range(3)]
    bound = make.coupon(owner, course_id=course["id"])
    over = make.coupon(owner, max_uses=1, uses=1)
    make.coupon(owner, deleted_at=datetime.now(UTC))
    foreign = make.coupon(make.user("instructor"))

    def ids(query: str = "", user: dict[str, Any] = owner) -> list[str]:
        return [row["id"] for row in client.get(f"/coupons{query}", user=user).data]

    everything = [str(each["id"]) for each in (over, bound, *reversed(coupons))]
    assert ids() == everything
    assert ids("?active=true") == everything[1:]
    assert ids("?active=false") == everything[:1]
    assert ids(f"?courseId={course['id']}") == [str(bound["id"])]
    assert ids(user=make.user("admin")) == [str(foreign["id"]), *everything]
    first = client.get("/coupons?limit=2", user=owner).json
    assert (first["pagination"]["totalCount"], first["pagination"]["hasNext"]) == (5, True)
    rest = client.get(f"/coupons?limit=10&cursor={first['pagination']['nextCursor']}", user=owner).json
    assert [row["id"] for row in first["data"] + rest["data"]] == everything


def test_a_removed_coupon_stays_with_the_order_it_was_promised_to(
    client: Client, make: Factory, owner: dict[str, Any], course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    coupon = make.coupon(owner)
    made = order(client, learner, course, couponCode=coupon["code"]).data

    assert client.delete(f"/coupons/{coupon['id']}", user=owner).status == 204

    assert client.post("/payments/verify", pay(bank, made["razorpayOrderId"]), user=learner).data["enrolled"]
    assert make.value("select status from coupon_uses") == "redeemed"
