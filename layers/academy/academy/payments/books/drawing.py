"""The page of an invoice or a credit note: A4, the same bytes for the same row, to be filed, searched and scanned.

Lengths are points, and the only fractions in payments: what is drawn are texts, see `wording`.
"""

import io
from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from academy.payments.books.wording import Figure, Party, Wording
from academy.platform.dates import long_date
from academy.platform.pdf.curves import rosette
from academy.platform.pdf.fitting import Block, Room, fit, flow
from academy.platform.pdf.ink import Align, draw_block, draw_line
from academy.platform.pdf.page import describe, draw_code, new_canvas
from academy.platform.pdf.shaping import FontBook, Role, shape

WIDTH, HEIGHT = A4
MARGIN = 44.0
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
INNER = RIGHT - LEFT

INK = HexColor("#16264a")
MUTED = HexColor("#4d566c")
GOLD = HexColor("#b28a36")
DARK_GOLD = HexColor("#7d5e1a")
HAIR = HexColor("#d9d3c4")
PALE = HexColor("#f8f5ec")
PALE_GOLD = HexColor("#f3ecd9")

_NAME = Room(width=290, height=46, size=19, size_of_two=15)
_BUYER = Room(width=240, height=36, size=13, size_of_two=11)
_DETAIL = Room(width=172, height=11, size=8.8, size_of_two=8.8, shrink_first=0)
_SUM = Room(width=130, height=12, size=9, size_of_two=9, shrink_first=0)
_TOTAL = Room(width=140, height=18, size=12.5, size_of_two=12.5, shrink_first=0)
_FIGURE_SIZE = 8.6
_SMALL = 7.2
_PAD = 6.0
_SAC_WIDTH = 46.0
_CODE_SIDE = 92.0


def draw_invoice(words: Wording, fonts: FontBook) -> bytes:
    """The PDF of one page."""
    output = io.BytesIO()
    page = _Page(new_canvas(output, A4, fonts), fonts)
    describe(
        page.canvas,
        title=f"{words.title} {words.serial}",
        author=words.seller.name,
        subject=f"{words.description}, {long_date(words.day)}",
        keywords=f"{words.title.lower()}, {words.serial}",
        day=words.day,
    )
    _edges(page.canvas)
    top = _head(page, words)
    top = _parties(page, words, top)
    top = _table(page, words, top)
    _sums(page, words, top)
    _foot(page, words)
    page.canvas.showPage()
    page.canvas.save()
    return output.getvalue()


@dataclass(frozen=True)
class _Page:
    """Measured from the top, as one reads."""

    canvas: Canvas
    fonts: FontBook

    def block(self, block: Block, *, x: float, top: float, colour: Color = INK, align: Align = "left") -> float:
        """Where it ends."""
        self.canvas.setFillColor(colour)
        draw_block(self.canvas, block, x=x, top=HEIGHT - top, align=align)
        return top + block.height

    def line(
        self,
        text: str,
        *,
        x: float,
        y: float,
        size: float,
        role: Role = Role.TEXT,
        colour: Color = MUTED,
        align: Align = "left",
        tracking: float = 0,
    ) -> None:
        """Words of ours, whose length is known; `y` is the base line."""
        self.canvas.setFillColor(colour)
        draw_line(self.canvas, shape(text, role, self.fonts, tracking=tracking), x=x, y=HEIGHT - y, size=size, align=align)

    def label(self, text: str, *, x: float, y: float) -> None:
        self.line(text.upper(), x=x, y=y, size=6.8, colour=DARK_GOLD, tracking=0.14)

    def rule(self, y: float, *, colour: Color = HAIR, width: float = 0.6, left: float = LEFT, right: float = RIGHT) -> None:
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(width)
        self.canvas.line(left, HEIGHT - y, right, HEIGHT - y)

    def panel(self, left: float, top: float, right: float, bottom: float, colour: Color) -> None:
        self.canvas.setFillColor(colour)
        self.canvas.rect(left, HEIGHT - bottom, right - left, bottom - top, stroke=0, fill=1)


def _edges(canvas: Canvas) -> None:
    """A dark band with a gold thread at both ends of the page, and the engraver's rosette rising behind the title."""
    rosette(canvas, (RIGHT - 52, HEIGHT - 67), 54, [PALE_GOLD] * 10, petals=10, depth=0.26, width=0.4)
    rosette(canvas, (RIGHT - 52, HEIGHT - 67), 27, [PALE_GOLD] * 8, petals=6, depth=0.4, width=0.4)
    for bottom, thread in ((HEIGHT - 9, HEIGHT - 11.4), (0, 10.2)):
        canvas.setFillColor(INK)
        canvas.rect(0, bottom, WIDTH, 9, stroke=0, fill=1)
        canvas.setFillColor(GOLD)
        canvas.rect(0, thread, WIDTH, 1.2, stroke=0, fill=1)


def _head(page: _Page, words: Wording) -> float:
    seller = words.seller
    end = page.block(fit(seller.name, Role.DISPLAY, _NAME, page.fonts), x=LEFT, top=44)
    address = flow(seller.address, Role.TEXT, width=_NAME.width, height=40, size=8.8, fonts=page.fonts)
    end = page.block(address, x=LEFT, top=end + 5, colour=MUTED)
    end = _registration(page, seller, end + 2, width=_NAME.width)
    page.line(words.title.upper(), x=RIGHT, y=63, size=21, role=Role.DISPLAY, colour=INK, align="right", tracking=0.06)
    number = Room(width=190, height=16, size=11, size_of_two=11, shrink_first=0)
    page.block(fit(words.serial, Role.TEXT, number, page.fonts), x=RIGHT, top=73, colour=DARK_GOLD, align="right")
    top = max(end, 112) + 14
    page.rule(top, colour=GOLD, width=1)
    return top + 18


def _parties(page: _Page, words: Wording, top: float) -> float:
    """Who bought on the left, the document's own facts on the right."""
    buyer = words.buyer
    page.label("Billed to", x=LEFT, y=top)
    end = page.block(fit(buyer.name, Role.DISPLAY, _BUYER, page.fonts), x=LEFT, top=top + 8)
    if buyer.address:
        address = flow(buyer.address, Role.TEXT, width=_BUYER.width, height=50, size=8.8, fonts=page.fonts)
        end = page.block(address, x=LEFT, top=end + 4, colour=MUTED)
    end = _registration(page, buyer, end + 2, width=_BUYER.width)

    left = RIGHT - 84 - _DETAIL.width
    page.label("Details", x=left, y=top)
    y = top + 18
    for label, text in words.details:
        page.line(label, x=left, y=y, size=8.8)
        page.block(fit(text, Role.TEXT, _DETAIL, page.fonts), x=left + 84, top=y - 0.74 * _DETAIL.size)
        y += 14.5
    return max(end, y - 8) + 20


def _registration(page: _Page, party: Party, top: float, *, width: float) -> float:
    """GSTIN and state, each on its line."""
    number = f"GSTIN {party.gstin}" if party.gstin else "Not registered under GST"
    for text, colour in ((number, INK if party.gstin else MUTED), (f"State: {party.state}", MUTED)):
        room = Room(width=width, height=12, size=8.8, size_of_two=8.8, shrink_first=0)
        top = page.block(fit(text, Role.TEXT, room, page.fonts), x=LEFT, top=top + 3, colour=colour)
    return top


def _table(page: _Page, words: Wording, top: float) -> float:
    count = len(words.figures)
    each = 64.0 if count < 6 else 57.0
    width = INNER - count * each - _SAC_WIDTH
    head = top + 28
    page.panel(LEFT, top, RIGHT, head, INK)
    page.line("Description", x=LEFT + _PAD, y=top + 17, size=7.8, colour=white)
    page.line("SAC", x=LEFT + width + _SAC_WIDTH / 2, y=top + 17, size=7.8, colour=white, align="centre")
    for index, figure in enumerate(words.figures):
        _heading(page, figure, RIGHT - (count - index - 1) * each - _PAD, top)

    title = flow(words.description, Role.TEXT, width=width - 2 * _PAD, height=96, size=9.4, fonts=page.fonts)
    bottom = head + max(title.height + 22, 42)
    page.panel(LEFT, head, RIGHT, bottom, PALE)
    end = page.block(title, x=LEFT + _PAD, top=head + 8)
    page.line("Online course", x=LEFT + _PAD, y=end + 9, size=_SMALL)
    y = head + 8 + 0.74 * 9.4
    page.line(words.sac, x=LEFT + width + _SAC_WIDTH / 2, y=y, size=_FIGURE_SIZE, colour=INK, align="centre")
    # One size for the row: figures of different sizes look like a mistake.
    lines = [shape(figure.text, Role.TEXT, page.fonts) for figure in words.figures]
    size = min([_FIGURE_SIZE, *((each - 1.4 * _PAD) / line.width for line in lines)])
    page.canvas.setFillColor(INK)
    for index, line in enumerate(lines):
        draw_line(page.canvas, line, x=RIGHT - (count - index - 1) * each - _PAD, y=HEIGHT - y, size=size, align="right")
    page.rule(bottom, colour=INK, width=0.8)
    return bottom + 18


def _heading(page: _Page, figure: Figure, right: float, top: float) -> None:
    page.line(figure.heading, x=right, y=top + (12.5 if figure.note else 17), size=7.8, colour=white, align="right")
    if figure.note:
        page.line(figure.note, x=right, y=top + 22, size=7.0, colour=PALE_GOLD, align="right")


def _sums(page: _Page, words: Wording, top: float) -> None:
    """The amount in words and the code on the left, the sums on the right."""
    left = RIGHT - 226
    y = top + 6
    for label, text in words.sums:
        page.line(label, x=left + _PAD, y=y, size=9)
        page.block(fit(text, Role.TEXT, _SUM, page.fonts), x=RIGHT - _PAD, top=y - 0.74 * _SUM.size, align="right")
        page.rule(y + 6, left=left, right=RIGHT)
        y += 19
    panel = y - 9
    page.panel(left, panel, RIGHT, panel + 32, INK)
    page.line(words.total[0], x=left + _PAD, y=panel + 20, size=10.5, role=Role.DISPLAY, colour=white)
    total = fit(words.total[1], Role.DISPLAY, _TOTAL, page.fonts)
    page.block(total, x=RIGHT - _PAD, top=panel + 20 - total.baselines[0], colour=white, align="right")

    width = left - LEFT - 24
    page.label("Amount in words", x=LEFT, y=top + 2)
    said = flow(words.words, Role.DISPLAY, width=width, height=58, size=10, fonts=page.fonts)
    page.block(said, x=LEFT, top=top + 9)


def _foot(page: _Page, words: Wording) -> None:
    top = HEIGHT - 62 - _CODE_SIDE
    page.rule(top - 14)
    draw_code(page.canvas, words.code, (LEFT - 8, HEIGHT - top - _CODE_SIDE), _CODE_SIDE, INK)
    left = LEFT + _CODE_SIDE + 12
    page.label("Scan to compare", x=left, y=top + 16)
    page.line("The code holds the seller's GSTIN, the number, the date, the total and the payment.", x=left, y=top + 30, size=8)
    for index, note in enumerate(words.notes):
        page.line(note, x=left, y=top + 50 + 13.5 * index, size=8, colour=INK if index == 0 else MUTED)
