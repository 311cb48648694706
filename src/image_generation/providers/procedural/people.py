"""People in the scene: standing figures, seen from behind, looking out."""

from image_generation.providers.procedural.buildings import shown
from image_generation.providers.procedural.canvas import Colour, Pixels
from image_generation.providers.procedural.sheet import Pen, Sheet
from image_generation.providers.procedural.view import View
from image_generation.providers.procedural.words import Subject

_COATS: tuple[Colour, ...] = (
    (0.56, 0.16, 0.14),
    (0.18, 0.26, 0.42),
    (0.62, 0.46, 0.22),
    (0.22, 0.34, 0.26),
)
_HAIR: Colour = (0.16, 0.11, 0.09)


def paint_people(pixels: Pixels, view: View, where: tuple[float, float], tall: float) -> None:
    """Paint one figure at a place, `tall` pixels high, or a small group of them."""
    size = min(tall, where[1] * 0.5)
    rng = view.rng("people")
    count = int(rng.integers(2, 5)) if view.scene.has(Subject.PEOPLE) else 1
    sheet = Sheet.over(pixels, int(where[1] - size * 1.2), int(where[1] + size * 0.15))
    order = rng.permutation(len(_COATS))
    for number in range(count):
        own = size * (1.0 if number == 0 else rng.uniform(0.66, 1.04))
        x = where[0] + (number - (count - 1) / 2) * size * 0.40
        coat = view.scene.own.get(Subject.PERSON, _COATS[int(order[number])])
        foot = (x, where[1] + rng.uniform(-0.03, 0.03) * size)
        _person(view, Pen(sheet, foot, own, view.toward), coat)
    sheet.lay()


def _person(view: View, pen: Pen, coat: Colour) -> None:
    dark, bright = shown(view, coat, 0.15), shown(view, coat, 1.0)
    legs = shown(view, (0.16, 0.15, 0.18), 0.35)
    pen.shape([(-0.075, 0), (-0.085, 0.42), (-0.004, 0.42), (-0.02, 0)], legs)
    pen.shape([(0.025, 0), (0.004, 0.42), (0.085, 0.42), (0.08, 0)], legs)
    body = [
        (-0.11, 0.30),
        (-0.085, 0.55),
        (-0.125, 0.68),
        (-0.105, 0.79),
        (-0.04, 0.83),
        (0.04, 0.83),
        (0.105, 0.79),
        (0.125, 0.68),
        (0.085, 0.55),
        (0.11, 0.30),
    ]
    pen.shape(body, dark)
    pen.shape([(0.03, 0.30), (0.02, 0.82), *body[5:]], bright)
    for side in (-1, 1):
        sleeve = [(0.10, 0.79), (0.135, 0.70), (0.128, 0.44), (0.098, 0.44), (0.088, 0.70)]
        tone = bright if side > 0 else dark
        pen.shape([(x * side, y) for x, y in sleeve], tone)
    pen.box((-0.028, 0.028), (0.80, 0.87), shown(view, (0.80, 0.60, 0.48), 0.4))
    pen.dot((0, 0.915), (0.058, 0.070), shown(view, _HAIR, 0.3))
    pen.dot((0.022, 0.920), (0.034, 0.058), shown(view, (0.46, 0.32, 0.24), 1.0))
