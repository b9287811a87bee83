"""Mini and medium hours bars as SVG, without a template: tables draw dozens. Large: `_hours_bar.html`."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from iop_clinic.pictures.hours import Bar, Piece

HATCH = mark_safe(' fill="url(#hatch-small)"')
CORNER, GOAL_OVER = 2, 2


def drawn(bar: Bar, size: str, words: str) -> SafeString:
    """The bar with `words` as its text alternative."""
    pieces = format_html_join(
        "",
        '<rect class="seg-{}" x="{}" y="{}" width="{}" height="{}" rx="{}"{}/>',
        (_rect(piece, bar.height) for piece in bar.pieces),
    )
    return format_html(
        '<svg class="hours hours-{}" role="img" aria-label="{}" width="{}" height="{}">{}{}</svg>',
        size,
        words,
        bar.width,
        bar.total_height,
        pieces,
        _goal(bar),
    )


def _rect(piece: Piece, height: int) -> tuple[object, ...]:
    """Attended fills the height; the others leave room for their edge."""
    solid = piece.kind == "attended"
    y, tall = ("0", height) if solid else ("0.5", height - 1)
    return piece.kind, piece.x, y, piece.width, tall, CORNER, HATCH if piece.kind == "gap" else ""


def _goal(bar: Bar) -> SafeString:
    if not bar.goal_x:
        return SafeString()
    return format_html(
        '<line class="hours-goal-halo" x1="{0}" x2="{0}" y1="0" y2="{1}"/>'
        '<line class="hours-goal" x1="{0}" x2="{0}" y1="{2}" y2="{3}"/>',
        bar.goal_x,
        bar.height,
        -GOAL_OVER,
        bar.height + GOAL_OVER,
    )
