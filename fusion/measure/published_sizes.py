"""Published means of object sizes, as logarithms, towards which what is learned from few objects is drawn.

Length x width x height in metres, mean (standard deviation):

    car           4.40 (.57) x 1.95 (.25) x 1.71 (.29)   Argoverse 2, 353 tracks
    truck         9.64 (.35) x 2.74 (.19) x 3.15 (.28)   Argoverse 2, 6; nuScenes has 6.93 long
    bus           11.01 (1.3) x 3.12 (.7) x 3.11 (.2)    Argoverse 2, 3; nuScenes 11.19 x 2.94 x 3.47
    motorcycle    1.92 (.25) x .65 (.20) x 1.30 (.17)    Argoverse 2, 7
    bicycle       1.64 (.09) x .56 (.07) x 1.22 (.14)    Argoverse 2, 16
    pedestrian    .73 (.16) x .81 (.20) x 1.77 (.17)     Argoverse 2, 72
    cone          .38 (.16) x .28 (.09) x .78 (.16)      Argoverse 2, 20
    rider         1.76 (.18) x .60 (.12) x 1.74 (.09)    KITTI cyclists

Countries differ (KITTI cars are 0.5 to 0.8 m shorter than American ones), so the spread is never taken narrower than
15 % of a size; that of people holds children and those who bend too.

Source: mean sizes in frustum-pointnets model_util (KITTI), and of the annotations in the tests of av2-api.
"""

from __future__ import annotations

import math

from fusion.scene.taxonomy import ObjectKind

Sides = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
LEAST_SHARE = 0.15

_SIZES_M: dict[ObjectKind, Sides] = {
    ObjectKind.CAR: ((4.40, 0.57), (1.95, 0.25), (1.71, 0.29)),
    ObjectKind.TRUCK: ((8.3, 1.8), (2.65, 0.25), (3.0, 0.4)),
    ObjectKind.BUS: ((11.1, 1.3), (3.0, 0.45), (3.3, 0.3)),
    ObjectKind.MOTORCYCLE: ((1.92, 0.25), (0.65, 0.20), (1.30, 0.17)),
    ObjectKind.BICYCLE: ((1.64, 0.25), (0.56, 0.10), (1.22, 0.14)),
    ObjectKind.PEDESTRIAN: ((0.73, 0.25), (0.75, 0.25), (1.70, 0.35)),
    ObjectKind.CONE: ((0.38, 0.16), (0.28, 0.09), (0.78, 0.16)),
    ObjectKind.RIDER: ((1.76, 0.25), (0.60, 0.12), (1.74, 0.15)),
}

# (kind, side) -> logarithm of the mean, standard deviation of the logarithm.
PUBLISHED_LN_SIZES: dict[tuple[ObjectKind | None, str], tuple[float, float]] = {
    (kind, side): (math.log(mean_m), max(spread_m / mean_m, LEAST_SHARE))
    for kind, sides in _SIZES_M.items()
    for side, (mean_m, spread_m) in zip(("length", "width", "height"), sides, strict=True)
}
