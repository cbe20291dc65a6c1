from __future__ import annotations

from itertools import combinations

import numpy as np

from fusion.scene.coded import Coded
from viewers.pictures.drawing import new_canvas
from viewers.pictures.palette import SKY, class_colour
from viewers.pictures.tags import Area, Tag, TagLayout, draw_class_key, draw_tag


def overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_tags_never_cover_each_other(rng: np.random.Generator) -> None:
    layout = TagLayout(400, 300)
    for x, y in rng.uniform(0, 300, (60, 2)):
        layout.place(Tag("pedestrian 12", (x, y, x + 30, y + 40), SKY))
    assert len(layout.taken) > 5
    assert not any(overlap(one, other) for one, other in combinations(layout.taken, 2))


def test_a_tag_stands_above_what_it_names_and_inside_the_canvas() -> None:
    spot = TagLayout(400, 300).place(Tag("car 17", (100, 100, 180, 150), SKY))
    assert spot is not None
    assert spot[3] <= 100
    at_the_edge = TagLayout(400, 300).place(Tag("car 17", (390, 1, 420, 40), SKY))
    assert at_the_edge is not None
    assert at_the_edge[2] <= 400
    assert at_the_edge[1] >= 0


def test_a_crowd_loses_tags_but_the_accused_keeps_its_own() -> None:
    layout = TagLayout(120, 60)
    crowd = [layout.place(Tag("pedestrian", (20, 20, 90, 50), SKY)) for _ in range(12)]
    assert None in crowd
    assert layout.place(Tag("car 17", (20, 20, 90, 50), SKY), insist=True) is not None


def test_a_tag_is_drawn_with_its_colour() -> None:
    canvas = new_canvas(200, 100)
    tag = Tag("car 17", (50, 60, 90, 80), SKY)
    draw_tag(canvas, tag, (50, 30, 120, 50))
    assert (canvas == SKY.bgr).all(axis=2).any()


def test_the_key_shows_the_colours_in_use_and_nothing_for_no_boxes() -> None:
    canvas = new_canvas(300, 200)
    draw_class_key(canvas, Coded.absent(3))
    assert (canvas == new_canvas(300, 200)).all()
    draw_class_key(canvas, Coded.from_values(["Car", "Pedestrian"]))
    for name in ("Car", "Pedestrian"):
        assert (canvas == class_colour(name).bgr).all(axis=2).any()
