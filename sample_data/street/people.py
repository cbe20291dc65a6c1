"""Walkers, cyclists and motorcyclists from capsules, in as many poses as their movement has phases.

Local frame: x forward, y left, z up, ground at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample_data.street.mesh import Colour, FloatArray, Material, Mesh, ball, box, merged, torus, tube

PHASES = 12
SKIN_TONES: tuple[Colour, ...] = ((0.58, 0.38, 0.28), (0.42, 0.25, 0.17), (0.20, 0.11, 0.07), (0.66, 0.46, 0.36))
HAIR_TONES: tuple[Colour, ...] = ((0.03, 0.02, 0.015), (0.10, 0.05, 0.02), (0.28, 0.18, 0.08), (0.3, 0.3, 0.3))
SHOE: Colour = (0.03, 0.03, 0.035)
STEEL: Colour = (0.35, 0.36, 0.38)


@dataclass(frozen=True)
class Outfit:
    """Colours of one person."""

    top: Colour
    legs: Colour
    skin: Colour
    hair: Colour
    bag: Colour | None = None


def _limb(start: FloatArray, end: FloatArray, radii: tuple[float, float], material: Material, colour: Colour) -> Mesh:
    return tube(tuple(start), tuple(end), radii, material, colour, sides=10, rounded=True)


def _swing(origin: FloatArray, length: float, angle_rad: float) -> FloatArray:
    """The lower end of a limb hanging from `origin`, swung forward by the angle."""
    return origin + length * np.array([np.sin(angle_rad), 0.0, -np.cos(angle_rad)])


def _two_links(start: FloatArray, end: FloatArray, first: float, second: float, bend: FloatArray) -> FloatArray:
    """The knee or elbow between two points, bent towards `bend`; straight when they are too far apart."""
    span = end - start
    distance = min(float(np.linalg.norm(span)), (first + second) * 0.999)
    along = span / np.linalg.norm(span)
    reach = (first**2 - second**2 + distance**2) / (2 * distance)
    aside = bend - along * float(bend @ along)
    joint: FloatArray = start + along * reach + aside / np.linalg.norm(aside) * np.sqrt(max(first**2 - reach**2, 1e-6))
    return joint


def _head(neck: FloatArray, scale: float, outfit: Outfit, helmet: Colour | None = None) -> list[Mesh]:
    """Neck, head, and hair or a helmet."""
    centre = neck + np.array([0.02, 0.0, 0.17]) * scale
    parts = [
        _limb(neck - np.array([0, 0, 0.03]), centre, (0.055 * scale, 0.05 * scale), Material.SKIN, outfit.skin),
        ball(tuple(centre), (0.095 * scale, 0.078 * scale, 0.118 * scale), Material.SKIN, outfit.skin),
    ]
    cover = helmet if helmet is not None else outfit.hair
    material = Material.PLASTIC if helmet is not None else Material.CLOTH
    size = (0.125, 0.105, 0.095) if helmet is not None else (0.1, 0.086, 0.095)
    back = centre + np.array([-0.022, 0.0, 0.045]) * scale
    return [*parts, ball(tuple(back), tuple(s * scale for s in size), material, cover)]


def pedestrian(stature_m: float, outfit: Outfit, walking: bool) -> list[Mesh]:
    """A person: one mesh per phase of the gait, or a single one standing still."""
    if not walking:
        return [_body(stature_m / 1.75, outfit, 0.9, still=True)]
    return [_body(stature_m / 1.75, outfit, 2 * np.pi * k / PHASES) for k in range(PHASES)]


def _body(scale: float, outfit: Outfit, phase: float, still: bool = False) -> Mesh:
    stride = 0.17 if still else 0.42
    bob = 0.0 if still else 0.018 * np.cos(2 * phase)
    pelvis = np.array([0.0, 0.0, (0.93 + bob) * scale])
    neck = pelvis + np.array([0.03, 0.0, 0.53]) * scale
    parts = [
        _limb(
            pelvis - np.array([0, 0, 0.02]),
            pelvis + np.array([0.005, 0, 0.12]) * scale,
            (0.145 * scale, 0.14 * scale),
            Material.CLOTH,
            outfit.legs,
        ).scaled((0.82, 1.1, 1.0)),
        _limb(
            pelvis + np.array([0.01, 0, 0.14]) * scale,
            neck - np.array([0, 0, 0.17]) * scale,
            (0.145 * scale, 0.175 * scale),
            Material.CLOTH,
            outfit.top,
        ).scaled((0.72, 1.05, 1.0)),
    ]
    for side in (-1, 1):
        swing = stride * np.sin(phase) * side
        hip = pelvis + np.array([0.0, 0.095 * side, -0.02]) * scale
        knee_bend = 0.10 if still else 0.18 + 0.55 * max(0.0, np.cos(phase) * side) ** 2
        knee = _swing(hip, 0.43 * scale, swing + (0.04 if still else 0.10))
        ankle = _swing(knee, 0.42 * scale, swing + 0.06 - knee_bend * (0.6 if still else 1.0))
        toe = ankle + np.array([0.15, 0.01 * side, -0.035]) * scale
        parts.append(_limb(hip, knee, (0.09 * scale, 0.062 * scale), Material.CLOTH, outfit.legs))
        parts.append(_limb(knee, ankle, (0.06 * scale, 0.045 * scale), Material.CLOTH, outfit.legs))
        parts.append(
            _limb(
                ankle + np.array([-0.02, 0, -0.03]) * scale, toe, (0.048 * scale, 0.042 * scale), Material.RUBBER, SHOE
            )
        )
        arm = -0.75 * swing
        shoulder = neck + np.array([-0.01, 0.2 * side, -0.07]) * scale
        elbow = _swing(shoulder, 0.29 * scale, arm - 0.06) + np.array([0, 0.025 * side, 0]) * scale
        wrist = _swing(elbow, 0.26 * scale, arm + (0.75 if still else 0.35))
        parts.append(_limb(shoulder, elbow, (0.062 * scale, 0.048 * scale), Material.CLOTH, outfit.top))
        parts.append(_limb(elbow, wrist, (0.045 * scale, 0.036 * scale), Material.CLOTH, outfit.top))
        parts.append(
            ball(tuple(wrist + np.array([0.01, 0, -0.05]) * scale), (0.035, 0.028, 0.06), Material.SKIN, outfit.skin, 8)
        )
    parts += _head(neck, scale, outfit)
    if outfit.bag is not None:
        parts.append(box((0.16, 0.28, 0.4), (-0.19 * scale, 0, 1.24 * scale), Material.CLOTH, outfit.bag))
    return merged(parts)


def _bicycle(frame: Colour) -> list[Mesh]:
    """A bicycle without its rider: tyres, hubs, frame, fork, saddle, bar."""
    rear, front, crank = np.array([-0.52, 0, 0.34]), np.array([0.54, 0, 0.34]), np.array([-0.06, 0, 0.30])
    saddle, head = np.array([-0.22, 0, 0.92]), np.array([0.38, 0, 0.86])
    parts = [torus(tuple(hub), 0.34, 0.025, Material.RUBBER, SHOE) for hub in (rear, front)]
    for hub in (rear, front):
        for angle in np.arange(0, np.pi, np.pi / 5):
            spoke = np.array([np.cos(angle), 0, np.sin(angle)]) * 0.31
            parts.append(tube(tuple(hub - spoke), tuple(hub + spoke), (0.005, 0.005), Material.METAL, STEEL, 4))
    for start, end in (
        (rear, crank),
        (rear, saddle - [0, 0, 0.12]),
        (crank, saddle),
        (crank, head),
        (saddle - [0, 0, 0.12], head),
        (front, head + np.array([-0.03, 0, 0.1])),
    ):
        parts.append(tube(tuple(start), tuple(end), (0.02, 0.02), Material.PAINTED, frame, 8))
    parts.append(ball((-0.23, 0, 0.95), (0.13, 0.07, 0.035), Material.PLASTIC, SHOE, 8))
    parts.append(tube((0.38, -0.27, 1.02), (0.38, 0.27, 1.02), (0.016, 0.016), Material.METAL, STEEL, 8))
    parts.append(tube((0.36, 0, 0.9), (0.38, 0, 1.02), (0.018, 0.018), Material.METAL, STEEL, 8))
    parts.append(box((0.02, 0.06, 0.05), (-0.33, 0, 0.78), Material.REFLECTOR, (0.6, 0.02, 0.02)))
    return parts


def parked_bicycle(frame: Colour) -> list[Mesh]:
    """A bicycle on its stand."""
    return [merged(_bicycle(frame))]


def cyclist(frame: Colour, outfit: Outfit, helmet: Colour | None) -> list[Mesh]:
    """A bicycle with its rider, one mesh per phase of the pedals."""
    return [merged([*_bicycle(frame), *_rider(outfit, helmet, 2 * np.pi * k / PHASES)]) for k in range(PHASES)]


def _rider(outfit: Outfit, helmet: Colour | None, phase: float) -> list[Mesh]:
    pelvis, shoulders = np.array([-0.22, 0, 1.02]), np.array([0.12, 0, 1.46])
    parts = [
        _limb(pelvis, (pelvis + shoulders) / 2, (0.135, 0.13), Material.CLOTH, outfit.legs),
        _limb((pelvis * 2 + shoulders) / 3, shoulders - [0.03, 0, 0.03], (0.135, 0.15), Material.CLOTH, outfit.top),
    ]
    forward = np.array([1.0, 0.0, 0.15])
    for side in (-1, 1):
        angle = phase if side > 0 else phase + np.pi
        foot = np.array([-0.06 + 0.165 * np.cos(angle), 0.11 * side, 0.36 + 0.165 * np.sin(angle)])
        hip = pelvis + np.array([0.02, 0.09 * side, -0.02])
        knee = _two_links(hip, foot, 0.43, 0.43, forward)
        parts.append(_limb(hip, knee, (0.085, 0.06), Material.CLOTH, outfit.legs))
        parts.append(_limb(knee, foot, (0.055, 0.042), Material.CLOTH, outfit.legs))
        parts.append(
            _limb(foot - [0.05, 0, 0.03], foot + np.array([0.12, 0, -0.03]), (0.042, 0.038), Material.RUBBER, SHOE)
        )
        shoulder = shoulders + np.array([0, 0.18 * side, -0.05])
        hand = np.array([0.38, 0.24 * side, 1.05])
        elbow = _two_links(shoulder, hand, 0.28, 0.27, np.array([-0.2, 0.4 * side, -1.0]))
        parts.append(_limb(shoulder, elbow, (0.058, 0.046), Material.CLOTH, outfit.top))
        parts.append(_limb(elbow, hand, (0.044, 0.036), Material.SKIN, outfit.skin))
    return parts + _head(shoulders + np.array([0.04, 0, 0.05]), 1.0, outfit, helmet)


def motorcyclist(paint: Colour, outfit: Outfit, helmet: Colour) -> list[Mesh]:
    """A motorcycle with its rider, feet on the pegs."""
    parts = [torus((x, 0, 0.31), 0.31, 0.07, Material.RUBBER, SHOE) for x in (-0.7, 0.72)]
    parts += [tube((x, -0.03, 0.31), (x, 0.03, 0.31), (0.17, 0.17), Material.METAL, STEEL, 14) for x in (-0.7, 0.72)]
    parts += [
        ball((0.12, 0, 0.84), (0.32, 0.17, 0.17), Material.PAINTED, paint),
        ball((-0.38, 0, 0.80), (0.42, 0.14, 0.09), Material.PLASTIC, SHOE),
        ball((-0.8, 0, 0.82), (0.2, 0.1, 0.1), Material.PAINTED, paint),
        ball((0.0, 0, 0.48), (0.3, 0.17, 0.2), Material.METAL, (0.15, 0.15, 0.16)),
        ball((0.62, 0, 0.95), (0.1, 0.14, 0.16), Material.LAMP, (0.85, 0.85, 0.8)),
        box((0.03, 0.18, 0.12), (-1.0, 0, 0.7), Material.REFLECTOR, (0.75, 0.75, 0.7)),
        tube((-0.75, -0.16, 0.42), (0.1, -0.16, 0.36), (0.05, 0.04), Material.METAL, STEEL, 10),
        tube((0.42, -0.36, 1.08), (0.42, 0.36, 1.08), (0.018, 0.018), Material.METAL, STEEL, 8),
    ]
    parts += [
        tube((0.72, s * 0.09, 0.31), (0.44, s * 0.09, 1.06), (0.03, 0.03), Material.METAL, STEEL, 8) for s in (-1, 1)
    ]
    pelvis, shoulders = np.array([-0.35, 0, 0.95]), np.array([-0.08, 0, 1.42])
    parts.append(_limb(pelvis, shoulders - [0.02, 0, 0.05], (0.15, 0.18), Material.CLOTH, outfit.top))
    for side in (-1, 1):
        hip, foot = pelvis + np.array([0.02, 0.1 * side, -0.02]), np.array([-0.12, 0.2 * side, 0.36])
        knee = _two_links(hip, foot, 0.42, 0.42, np.array([1.0, 0.3 * side, 0.1]))
        parts.append(_limb(hip, knee, (0.09, 0.065), Material.CLOTH, outfit.legs))
        parts.append(_limb(knee, foot, (0.062, 0.05), Material.CLOTH, outfit.legs))
        parts.append(
            _limb(foot - [0.05, 0, 0.02], foot + np.array([0.14, 0, -0.03]), (0.05, 0.045), Material.RUBBER, SHOE)
        )
        shoulder, hand = shoulders + np.array([0, 0.2 * side, -0.06]), np.array([0.4, 0.31 * side, 1.1])
        elbow = _two_links(shoulder, hand, 0.29, 0.27, np.array([-0.2, 0.5 * side, -1.0]))
        parts.append(_limb(shoulder, elbow, (0.065, 0.052), Material.CLOTH, outfit.top))
        parts.append(_limb(elbow, hand, (0.05, 0.042), Material.CLOTH, outfit.top))
    parts += _head(shoulders + np.array([0.04, 0, 0.05]), 1.1, outfit, helmet)
    return [merged(parts)]
