"""Mails: in one's language, when one wants them, once, and gathered where they would be too many."""

import threading
from collections import Counter
from datetime import date, timedelta
from typing import Any

import botocore.parsers  # noqa: F401 - as it is where AWS was called: what is out of reach is told from that
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from academy.community.email import sending
from academy.community.wanted import after_quiet, next_hour
from academy.platform import mail
from academy.platform.db import Database, sql
from academy.platform.mail import Mail
from tests.factories import Factory
from tests.integration.community.telling import badge, certificate, deliver, payment, told

MAIL = ("email",)


def due(make: Factory) -> None:
    """Time passes until everything that waits is due."""
    make.execute("update deliveries set due_at = now() where status = 'waiting'")


def prefers(make: Factory, user: dict[str, Any], **columns: Any) -> None:
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    make.execute(f"insert into notification_preferences (user_id, {names}) values (:user, {values})", user=user["id"], **columns)


def quiet_now(make: Factory, user: dict[str, Any]) -> None:
    make.execute(
        "insert into notification_preferences (user_id, quiet_from, quiet_to) select id, (now() at time zone time_zone)::time - interval '1 hour',"
        " (now() at time zone time_zone)::time + interval '1 hour' from users where id = :id",
        id=user["id"],
    )


def standing(make: Factory) -> Counter[str]:
    return Counter(row["s"] for row in make.rows("select concat_ws(' ', status, reason) as s from deliveries where channel = 'email'"))


def test_a_mail_speaks_its_readers_language(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user(full_name="आशा राव")
    prefers(make, asha, language="hi")

    deliver(certificate(asha, "Bridges <b>&</b>\r\nBcc: all@academy.test"), queues=MAIL)

    [letter] = letters
    assert letter.subject == "आपका प्रमाणपत्र तैयार है"
    assert letter.text.startswith("नमस्ते आशा राव,\n\n")
    assert '<html lang="hi"' in letter.html
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in letter.html
    assert "<b>" not in letter.html
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.headers["List-Unsubscribe"].strip("<>") in letter.text


def test_receipts_come_at_once_and_whatever_was_said(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user(preferences={"notificationPreference": "none"})
    quiet_now(make, asha)
    make.execute("update notification_preferences set digest = 'daily'")

    deliver(payment(asha), certificate(asha), queues=MAIL)

    assert [letter.subject for letter in letters] == ["You are in"]
    assert letters[0].headers == {}, "it can't be switched off"
    assert standing(make) == {"sent": 1, "skipped preference": 1}


def test_quiet_hours_put_a_mail_off_until_they_end(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user()
    quiet_now(make, asha)
    deliver(certificate(asha), queues=MAIL)
    waits = make.value("select due_at - now() from deliveries")

    due(make)
    sending.send_due(db)
    still = list(letters)
    put_off = make.value("select due_at - now() from deliveries")
    make.execute("update notification_preferences set quiet_from = null, quiet_to = null")
    due(make)
    sending.send_due(db)

    assert timedelta(minutes=50) < waits <= timedelta(hours=1)
    assert still == [], "also where its time had come, they are kept"
    assert timedelta(minutes=50) < put_off <= timedelta(hours=1)
    assert [letter.subject for letter in letters] == ["Your certificate is ready"]


_TIMES = sql(f"""
    select (select ({after_quiet(":at::timestamptz")})::text from (select :zone::text as time_zone) u,
            (select :quiet_from::time as quiet_from, :quiet_to::time as quiet_to) p) as quiet,
        (select ({next_hour(":at::timestamptz", ":hour::int")})::text from (select :zone::text as time_zone) u) as strikes
""")
QUIET = [
    # Within a day, at its edges, and over midnight from both sides.
    ("2026-11-21T06:30:00Z", "Asia/Kolkata", "11:00", "13:00", "2026-11-21 07:30:00+00"),
    ("2026-11-21T07:30:00Z", "Asia/Kolkata", "11:00", "13:00", "2026-11-21 07:30:00+00"),
    ("2026-11-21T17:00:00Z", "Asia/Kolkata", "22:00", "07:00", "2026-11-22 01:30:00+00"),
    ("2026-11-21T20:00:00Z", "Asia/Kolkata", "22:00", "07:00", "2026-11-22 01:30:00+00"),
    ("2026-11-21T10:00:00Z", "Asia/Kolkata", "22:00", "07:00", "2026-11-21 10:00:00+00"),
    # The night on which Berlin's clocks go forward is an hour shorter, the one on which they go back an hour longer; 02:30 is leapt over.
    ("2026-03-28T22:00:00Z", "Europe/Berlin", "22:00", "07:00", "2026-03-29 05:00:00+00"),
    ("2026-10-24T21:00:00Z", "Europe/Berlin", "22:00", "07:00", "2026-10-25 06:00:00+00"),
    ("2026-03-29T00:00:00Z", "Europe/Berlin", "22:00", "02:30", "2026-03-29 01:30:00+00"),
]
HOURS = [
    ("2026-11-21T02:29:00Z", "Asia/Kolkata", 8, "2026-11-21 02:30:00+00"),
    ("2026-11-21T02:30:00Z", "Asia/Kolkata", 8, "2026-11-22 02:30:00+00"),
    ("2026-03-28T08:00:00Z", "Europe/Berlin", 8, "2026-03-29 06:00:00+00"),
    ("2026-03-28T12:00:00Z", "Europe/Berlin", 2, "2026-03-29 01:00:00+00"),
]


def test_hours_are_the_readers_own_over_midnight_and_when_clocks_change(db: Database) -> None:
    db.connection().command("set time zone 'UTC'")
    for at, zone, quiet_from, quiet_to, expected in QUIET:
        asked = {"at": at, "zone": zone, "quiet_from": quiet_from, "quiet_to": quiet_to, "hour": 8}
        row = db.read(lambda work, asked=asked: work.first(_TIMES, **asked))  # type: ignore[misc]
        assert row.quiet == expected, asked
    for at, zone, hour, expected in HOURS:
        asked = {"at": at, "zone": zone, "quiet_from": None, "quiet_to": None, "hour": hour}
        row = db.read(lambda work, asked=asked: work.first(_TIMES, **asked))  # type: ignore[misc]
        assert row.strikes == expected, asked


def test_a_digest_is_one_mail_a_day(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user()
    prefers(make, asha, digest="daily", digest_hour=9)
    deliver(certificate(asha, "Tides"), badge(asha), badge(asha, "scholar"), certificate(asha, "Bridges"), payment(asha), queues=MAIL)
    at_once = [letter.subject for letter in letters]
    hours = make.rows("select distinct (due_at at time zone 'Asia/Kolkata')::time::text as t from deliveries where status = 'waiting'")

    sending.send_due(db)
    early = len(letters)
    due(make)
    sending.send_due(db)
    sending.send_due(db)

    assert at_once == ["You are in"]
    assert hours == [{"t": "09:00:00"}]
    assert early == 1
    digest = letters[1]
    assert [letter.subject for letter in letters[1:]] == ["Your day at the academy: 3 things"]
    assert digest.text.count("Your certificate is ready") == 2
    assert "2 new badges" in digest.text
    assert "Scholar" in digest.html
    assert make.value("select count(distinct parcel_id) from deliveries where digest") == 1


def test_many_of_a_kind_are_one_mail(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user()
    deliver(*(badge(asha, slug) for slug in ("first_course", "early_bird", "scholar", "high_scorer")), queues=MAIL)
    sending.send_due(db)
    early = list(letters)

    # The first one's time has come; the others, which came later, go with it.
    make.execute("update deliveries set due_at = now() where id = (select min(id::text)::uuid from deliveries)")
    sending.send_due(db)
    deliver(badge(asha, "fifty_lessons"), queues=MAIL)

    assert early == []
    assert [letter.subject for letter in letters] == ["4 new badges"]
    assert "- New badge: Scholar" in letters[0].text
    assert standing(make) == {"sent": 4, "waiting": 1}


def test_a_day_has_a_budget_that_money_does_not_count(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user()
    deliver(payment(asha), *(certificate(asha, f"Course {n}") for n in range(7)), payment(asha), queues=MAIL)

    assert Counter(letter.subject for letter in letters) == {"Your certificate is ready": 5, "You are in": 2}
    waiting = make.rows("select digest, (due_at at time zone 'Asia/Kolkata')::time::text as t from deliveries where status = 'waiting'")
    assert waiting == [{"digest": True, "t": "08:00:00"}] * 2
    due(make)
    sending.send_due(db)
    assert letters[-1].subject == "Your day at the academy: 2 things"


def test_what_was_not_wanted_any_more_when_its_time_came_is_not_sent(db: Database, make: Factory, letters: list[Mail]) -> None:
    left, gone, bounced = make.user(), make.user(), make.user()
    for each in (left, gone, bounced):
        deliver(badge(each), queues=MAIL)
    prefers(make, left, switches='{"badge.earned": {"email": false}}')
    make.execute("update users set status = 'suspended' where id = :id", id=gone["id"])
    make.execute(
        "insert into email_suppressions (address, cause) values (sha256(convert_to(:address, 'UTF8')), 'bounce')", address=bounced["email"]
    )
    due(make)

    sending.send_due(db)

    assert letters == []
    assert standing(make) == {"skipped preference": 1, "skipped no_address": 1, "skipped suppressed": 1}


def test_many_who_want_nothing_any_more_keep_nobody_waiting(db: Database, make: Factory, letters: list[Mail]) -> None:
    make.execute(
        "insert into users (id, status, role, full_name) select gen_random_uuid(), 'active', 'student', 'P' from generate_series(1, 110) n"
    )
    last = make.user()
    # So much waits for their digest that it would hide what is due.
    make.execute(
        "insert into deliveries (id, user_id, event_id, channel, kind, weight, data, status, due_at, digest) select gen_random_uuid(), id, gen_random_uuid(),"
        """ 'email', 'certificate.issued', 1, '{}', 'waiting', now() + interval '9 hours', true from users, generate_series(1, 201) where id = :id""",
        id=last["id"],
    )
    make.execute(
        "insert into deliveries (id, user_id, event_id, channel, kind, weight, data, status, due_at) select gen_random_uuid(), id, gen_random_uuid(),"
        """ 'email', 'badge.earned', 2, '{"badge": "scholar"}', 'waiting', now() - interval '1 minute' * case id when :id then 1 else 2 end from users""",
        id=last["id"],
    )

    counts = sending.send_due(db)

    assert [letter.to for letter in letters] == [last["email"]]
    assert counts == {"sent": 1, "failed": 0, "passed": 0}


def test_a_streak_that_has_ended_is_not_told_of(db: Database, make: Factory, letters: list[Mail]) -> None:
    asha = make.user()
    prefers(make, asha, switches='{"streak.ending": {"email": true}}')
    today = date.fromisoformat(make.value("select (now() at time zone 'Asia/Kolkata')::date::text"))
    for day in (today, today - timedelta(days=1)):
        deliver(told("streak.ending", userId=str(asha["id"]), days=12, localDay=day.isoformat()), queues=MAIL)

    assert [letter.subject for letter in letters] == ["Your streak of 12 days ends at midnight"]
    assert standing(make) == {"sent": 1, "skipped stale": 1}


def test_two_workers_send_each_persons_mail_once(db: Database, make: Factory, letters: list[Mail]) -> None:
    people = [make.user() for _ in range(12)]
    for each in people:
        deliver(badge(each), badge(each, "scholar"), queues=MAIL)
    due(make)
    barrier, sent = threading.Barrier(2), list[int]()

    def work() -> None:
        own = Database(db._url)
        barrier.wait(60)
        sent.append(sending.send_due(own)["sent"])
        own.discard()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sum(sent) == len(letters) == 12
    assert {letter.to for letter in letters} == {each["email"] for each in people}
    assert {letter.subject for letter in letters} == {"2 new badges"}


def test_while_a_person_is_written_to_no_other_worker_writes_to_them(db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes meanwhile would belong to the same mail, and to the same day's budget."""
    asha = make.user()
    deliver(badge(asha), queues=MAIL)
    due(make)
    other, meanwhile = Database(db._url), list[dict[str, int]]()

    def send(_letter: Mail) -> None:
        if not meanwhile:
            make.execute(
                "insert into deliveries (id, user_id, event_id, channel, kind, weight, group_key, data, status) select gen_random_uuid(), user_id,"
                " gen_random_uuid(), channel, kind, weight, group_key, data, 'waiting' from deliveries"
            )
            meanwhile.append(sending.send_due(other))

    monkeypatch.setattr(mail, "send", send)
    counts = sending.send_due(db)
    other.discard()

    assert meanwhile == [{"sent": 0, "failed": 0, "passed": 1}]
    assert counts["sent"] == 2


def test_a_mass_of_one_kind_keeps_nobody_else_waiting(db: Database, make: Factory, letters: list[Mail]) -> None:
    make.user()
    make.execute(
        "insert into users (id, email, status, role, full_name) select gen_random_uuid(), 'p' || n || '@academy.test', 'active', 'student', 'P'"
        " from generate_series(1, 300) n"
    )
    make.execute(
        "insert into deliveries (id, user_id, event_id, channel, kind, weight, data, status, due_at) select gen_random_uuid(), id, gen_random_uuid(),"
        """ 'email', 'badge.earned', 2, '{"badge": "scholar"}', 'waiting', now() - interval '1 hour' from users"""
    )
    asha, ravi = make.user(), make.user()
    quiet_now(make, asha)
    deliver(certificate(asha), queues=MAIL)
    prefers(make, ravi, digest="daily")
    deliver(badge(ravi), certificate(ravi), queues=MAIL)
    make.execute("update notification_preferences set quiet_from = null, quiet_to = null")
    due(make)
    seen: list[str] = []

    def stop_after_three(letter: Mail) -> None:
        seen.append(letter.to)
        if len(seen) == 3:
            raise ConnectTimeoutError(endpoint_url="https://email.test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "send", stop_after_three)
        sending.send_due(db)

    assert set(seen[:2]) == {asha["email"], ravi["email"]}


def refuse(_letter: Mail) -> None:
    raise ClientError({"Error": {"Code": "MessageRejected", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "SendEmail")


def away(_letter: Mail) -> None:
    raise ConnectTimeoutError(endpoint_url="https://email.test")


def test_a_mail_that_ses_refuses_is_given_up_and_one_that_it_could_not_take_is_not(
    db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    asha = make.user()
    deliver(badge(asha), queues=MAIL)
    for way in (away, away):
        due(make)
        monkeypatch.setattr(mail, "send", way)
        sending.send_due(db)
    untouched = make.rows("select status, attempts from deliveries")
    monkeypatch.setattr(mail, "send", refuse)
    counts = []
    for _ in range(7):
        due(make)
        counts.append(sending.send_due(db)["failed"])

    assert untouched == [{"status": "waiting", "attempts": 0}]
    assert counts == [1, 1, 1, 1, 1, 1, 0]
    assert standing(make) == {"failed refused": 1}


def test_an_event_for_several_people_is_mailed_to_each(db: Database, make: Factory, letters: list[Mail]) -> None:
    admins = [make.user("admin") for _ in range(3)]
    for each in admins[:2]:
        prefers(make, each, switches='{"payment.disputed": {"email": true}}')
    disputed = told("payment.disputed", paymentId="p", disputeId="d", amount=49900, currency="INR")

    deliver(disputed, disputed, queues=MAIL)

    assert sorted(letter.to for letter in letters) == sorted(each["email"] for each in admins[:2])
    assert standing(make) == {"sent": 2, "skipped preference": 1}
