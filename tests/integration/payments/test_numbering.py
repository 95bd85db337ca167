"""Serials of invoices, where their numbers grow by a digit."""

from tests.integration.payments.shop import Shop


def test_from_the_millionth_on_a_serial_still_has_its_sixteen_characters(shop: Shop) -> None:
    shop.sold()
    shop.make.execute("update invoice_series set last_number = 999998")
    for _ in range(3):
        shop.sold()

    rows = shop.make.rows("select serial, number, financial_year from invoices where number > 1 order by number")

    year = rows[0]["financial_year"]
    short = year.replace("-", "")
    assert [row["serial"] for row in rows] == [f"DCA/{year}/999999", f"DCA/{short}/1000000", f"DCA/{short}/1000001"]
    assert {len(row["serial"]) for row in rows} == {16}
