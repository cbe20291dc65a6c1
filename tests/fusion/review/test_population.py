from __future__ import annotations

from collections.abc import Callable

from fusion.checks.finding import Finding
from fusion.review.population import Flags, members_of
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import SceneBuilder


def test_every_label_is_in_one_stratum_with_what_it_is(finding: Callable[..., Finding]) -> None:
    builder = SceneBuilder()
    for _ in range(2):
        builder.frame(
            boxes=Boxes3D.upright(
                [[9, 0, 0], [30, 0, 0]], [[4, 2, 1.5]] * 2, [0.0, 0.0], category=["car", "van"], track=["1", "2"]
            )
        )
    scene = builder.build()
    label = str(scene.labels.boxes.label_ids[0])
    about = finding("a", scene=scene.name, label=label)
    about = about.model_copy(update={"labels": (about.labels[0].model_copy(update={"scene": scene.name}),)})
    whole_track = finding("t", subject="track", scene=scene.name, track="2")
    members = list(members_of(scene, Flags.of([about, whole_track])))
    assert [member.traits for member in members[:2]] == [
        {"category": "car", "range": "0-20 m"},
        {"category": "van", "range": "20-40 m"},
    ]
    assert [member.findings for member in members] == [
        (about.id,),
        (whole_track.id,),
        (),
        (whole_track.id,),
    ]
