from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyquaternion import Quaternion
from scipy.spatial.transform import Rotation, Slerp

from calibration.errors import FrameMismatchError, RotationError, ShapeError
from calibration.transform import (
    RigidTransform,
    are_unit_quaternions,
    conjugate_quaternions,
    interpolate_quaternions,
    matrices_from_quaternions,
    multiply_quaternions,
    nearest_rotation,
    nearest_rotations,
    normalise_quaternions,
    quaternions_from_matrices,
    quaternions_from_yaws,
    wrap_angle_rad,
    yaws_from_quaternions,
)

QUARTER_LEFT = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
coordinates = st.floats(-1e5, 1e5)
translations = hnp.arrays(np.float64, 3, elements=coordinates)
# Any direction in four dimensions is a rotation; the shortest ones have no usable direction.
directions = hnp.arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: bool(np.linalg.norm(q) > 0.1))
unit_quaternions = directions.map(lambda q: q / np.linalg.norm(q))


def random_rotations(rng: np.random.Generator, count: int) -> Rotation:
    return Rotation.from_quat(rng.normal(size=(count, 4)))


def random_quaternions(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.asarray(random_rotations(rng, count).as_quat(scalar_first=True))


def turned(yaw_rad: float, translation: object = (0, 0, 0)) -> RigidTransform:
    return RigidTransform.from_quaternion("world", "ego", quaternions_from_yaws([yaw_rad])[0], translation)


class TestOneTransform:
    def test_a_quarter_turn_left_takes_forward_to_the_left(self) -> None:
        world_from_ego = RigidTransform("world", "ego", np.array(QUARTER_LEFT), np.array([10.0, 20.0, 0.0]))
        np.testing.assert_array_equal(world_from_ego.apply([[1, 0, 0], [0, 1, 2]]), [[10, 21, 0], [9, 20, 2]])
        np.testing.assert_array_equal(world_from_ego.rotate([[1, 0, 0]]), [[0, 1, 0]])
        assert world_from_ego.yaw_rad == pytest.approx(np.pi / 2, abs=1e-15)
        assert world_from_ego.angle_rad == pytest.approx(np.pi / 2, abs=1e-15)

    def test_identity_changes_nothing(self) -> None:
        points = np.array([[1.5, -2.5, 3.5]])
        np.testing.assert_array_equal(RigidTransform.identity("ego", "lidar").apply(points), points)

    def test_float32_points_are_calculated_in_float64(self) -> None:
        far = RigidTransform("world", "ego", np.eye(3), np.array([600_000.0, 5_000_000.0, 0.0]))
        moved = far.apply(np.array([[0.125, 0.25, 0.5]], dtype=np.float32))
        assert moved.dtype == np.float64
        np.testing.assert_array_equal(moved, [[600_000.125, 5_000_000.25, 0.5]])

    def test_no_points_stay_no_points(self) -> None:
        assert RigidTransform.identity("a", "b").apply(np.empty((0, 3))).shape == (0, 3)

    @pytest.mark.parametrize("shape", [(3,), (4, 2), (1, 4, 3)], ids=str)
    def test_refuses_points_of_another_shape(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ShapeError, match=r"points in b must be \(N, 3\)"):
            RigidTransform.identity("a", "b").apply(np.zeros(shape))

    def test_agrees_with_scipy(self, rng: np.random.Generator) -> None:
        rotations = random_rotations(rng, 50)
        points = rng.normal(0, 50, (40, 3))
        for rotation in rotations:
            shift = rng.normal(0, 100, 3)
            ours = RigidTransform.from_rotation("a", "b", rotation.as_matrix(), shift)
            np.testing.assert_allclose(ours.apply(points), rotation.apply(points) + shift, atol=1e-11)
            np.testing.assert_allclose(
                ours.quaternion_wxyz, rotation.as_quat(canonical=True, scalar_first=True), atol=1e-14
            )
            assert ours.angle_rad == pytest.approx(rotation.magnitude(), abs=1e-12)

    @given(unit_quaternions, translations, hnp.arrays(np.float64, (5, 3), elements=coordinates))
    def test_the_inverse_undoes_it(self, quaternion: np.ndarray, translation: np.ndarray, points: np.ndarray) -> None:
        forward = RigidTransform.from_quaternion("a", "b", quaternion, translation)
        np.testing.assert_allclose(forward.inverse().apply(forward.apply(points)), points, rtol=0, atol=1e-8)
        there_and_back = forward @ forward.inverse()
        assert (there_and_back.target, there_and_back.source) == ("a", "a")
        np.testing.assert_allclose(there_and_back.matrix, np.eye(4), rtol=0, atol=1e-8)

    @given(unit_quaternions, unit_quaternions, translations, translations)
    def test_a_chain_does_what_its_links_do_one_after_the_other(
        self, first: np.ndarray, second: np.ndarray, first_m: np.ndarray, second_m: np.ndarray
    ) -> None:
        a_from_b = RigidTransform.from_quaternion("a", "b", first, first_m)
        b_from_c = RigidTransform.from_quaternion("b", "c", second, second_m)
        points = np.array([[1.0, 2.0, 3.0], [-40.0, 5.0, 0.0]])
        a_from_c = a_from_b @ b_from_c
        np.testing.assert_allclose(a_from_c.apply(points), a_from_b.apply(b_from_c.apply(points)), rtol=0, atol=1e-8)
        np.testing.assert_allclose(a_from_c.matrix, a_from_b.matrix @ b_from_c.matrix, rtol=0, atol=1e-8)

    def test_a_thousand_links_stay_orthonormal(self, rng: np.random.Generator) -> None:
        chain = RigidTransform.identity("a", "a")
        for quaternion in random_quaternions(rng, 1000):
            chain = chain @ RigidTransform.from_quaternion("a", "a", quaternion, np.zeros(3))
        np.testing.assert_allclose(chain.rotation @ chain.rotation.T, np.eye(3), atol=1e-12)

    def test_a_chain_whose_frames_do_not_touch_is_refused(self) -> None:
        camera_from_ego = RigidTransform.identity("camera", "ego")
        lidar_from_world = RigidTransform.identity("lidar", "world")
        with pytest.raises(FrameMismatchError) as refusal:
            camera_from_ego @ lidar_from_world
        assert str(refusal.value) == (
            "cannot chain 'camera_from_ego' with 'lidar_from_world': the touching frames differ ('ego', 'lidar')"
        )

    def test_names_and_can_be_renamed(self) -> None:
        ego_from_lidar = RigidTransform.identity("ego", "lidar")
        assert ego_from_lidar.name == "ego_from_lidar"
        assert ego_from_lidar.renamed(source="LIDAR_TOP").name == "ego_from_LIDAR_TOP"
        assert ego_from_lidar.renamed(target="body").name == "body_from_lidar"
        assert ego_from_lidar.inverse().name == "lidar_from_ego"
        assert "ego_from_lidar" in repr(ego_from_lidar)

    def test_neither_its_arrays_nor_those_it_was_made_from_are_shared(self) -> None:
        rotation, translation = np.eye(3), np.array([1.0, 2.0, 3.0])
        made = RigidTransform("a", "b", rotation, translation)
        rotation[0, 0], translation[0] = 5.0, 50.0
        np.testing.assert_array_equal(made.matrix[0], [1, 0, 0, 1])
        with pytest.raises(ValueError, match="read-only"):
            made.rotation[0, 0] = 2.0
        with pytest.raises(ValueError, match="read-only"):
            made.translation[0] = 2.0

    def test_travels_between_processes(self) -> None:
        made = turned(0.3, [1, 2, 3])
        arrived = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own bytes
        np.testing.assert_array_equal(arrived.matrix, made.matrix)

    def test_refuses_a_sloppy_matrix_where_an_exact_one_is_expected(self) -> None:
        with pytest.raises(RotationError, match=r"a_from_b.*from_rotation\(\) projects"):
            RigidTransform("a", "b", np.eye(3) * 1.001, np.zeros(3))

    @pytest.mark.parametrize("translation", [[0, 0], [0, 0, np.nan], [np.inf, 0, 0]], ids=["two", "nan", "infinite"])
    def test_refuses_a_translation_that_is_none(self, translation: list[float]) -> None:
        with pytest.raises(ShapeError, match="a_from_b"):
            RigidTransform("a", "b", np.eye(3), np.array(translation, dtype=float))


class TestSloppyMatrices:
    @pytest.mark.parametrize(
        ("rounded", "largest"),
        [
            (lambda m: m.astype(np.float32), 3e-7),
            (lambda m: m.round(6), 3e-6),
            (lambda m: m.round(3), 3e-3),
        ],
        ids=["float32", "six-decimals", "three-decimals"],
    )
    def test_rounded_rotations_are_accepted_and_the_residual_told(
        self, rounded, largest: float, rng: np.random.Generator
    ) -> None:
        for exact in random_rotations(rng, 200).as_matrix():
            made = RigidTransform.from_rotation("a", "b", rounded(exact), [0, 0, 0])
            assert 0 < made.residual < largest
            np.testing.assert_allclose(made.rotation, exact, atol=largest)
            np.testing.assert_allclose(made.rotation @ made.rotation.T, np.eye(3), atol=1e-14)

    def test_an_exact_rotation_is_kept_bit_for_bit(self, rng: np.random.Generator) -> None:
        exact = random_rotations(rng, 200).as_matrix()
        kept, residuals = nearest_rotations(exact)
        np.testing.assert_array_equal(kept, exact)
        assert residuals.max() < 1e-14

    def test_projecting_twice_changes_nothing_more(self, rng: np.random.Generator) -> None:
        once, _ = nearest_rotations(random_rotations(rng, 200).as_matrix().round(3))
        np.testing.assert_array_equal(nearest_rotations(once)[0], once)

    def test_a_scaled_rotation_loses_its_scale(self) -> None:
        rotation, residual = nearest_rotation(1.01 * np.array(QUARTER_LEFT))
        np.testing.assert_allclose(rotation, QUARTER_LEFT, atol=1e-15)
        assert residual == pytest.approx(0.01 * np.sqrt(3))

    def test_no_other_rotation_is_nearer(self, rng: np.random.Generator) -> None:
        sloppy = random_rotations(rng, 1).as_matrix()[0] + rng.normal(0, 0.01, (3, 3))
        nearest, residual = nearest_rotation(sloppy)
        for nudge in Rotation.from_rotvec(rng.normal(0, 1e-3, (200, 3))).as_matrix():
            assert np.linalg.norm(sloppy - nudge @ nearest) > residual

    def test_the_residual_limit_holds_exactly(self) -> None:
        scaled = np.eye(3) * 1.02
        residual = nearest_rotation(scaled)[1]
        assert RigidTransform.from_rotation("a", "b", scaled, [0, 0, 0], max_residual=residual).residual == residual
        with pytest.raises(RotationError, match="is it scaled, sheared"):
            RigidTransform.from_rotation("a", "b", scaled, [0, 0, 0], max_residual=np.nextafter(residual, 0))

    def test_a_reflection_is_refused_and_named(self) -> None:
        with pytest.raises(RotationError, match=r"camera_from_ego.*reflection.*an axis is flipped"):
            RigidTransform.from_rotation("camera", "ego", np.diag([1, 1, -1]), [0, 0, 0])
        rotation, residual = nearest_rotation(np.diag([1.0, 1.0, -1.0]))
        assert np.linalg.det(rotation) == pytest.approx(1)
        assert residual == pytest.approx(2)

    @pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "infinite"])
    def test_a_broken_number_is_refused(self, value: float) -> None:
        broken = np.eye(3)
        broken[1, 2] = value
        for make in (RigidTransform, RigidTransform.from_rotation):
            with pytest.raises(RotationError, match=r"a_from_b.* NaN or infinite"):
                make("a", "b", broken, np.zeros(3))
        with pytest.raises(RotationError, match="rotation matrix 1 holds"):
            nearest_rotations([np.eye(3), broken])

    @given(hnp.arrays(np.float64, (3, 3), elements=st.floats()))
    def test_any_nine_numbers_are_a_rotation_or_are_refused(self, numbers: np.ndarray) -> None:
        for make in (
            lambda: RigidTransform.from_rotation("a", "b", numbers, [0, 0, 0]).rotation,
            lambda: matrices_from_quaternions(quaternions_from_matrices(numbers[None]))[0],
            lambda: RigidTransform("a", "b", numbers, np.zeros(3)).rotation,
        ):
            try:
                rotation = make()
            except RotationError:
                continue
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
            np.testing.assert_allclose(rotation, numbers, atol=0.05)

    @given(hnp.arrays(np.float64, 4, elements=st.floats()))
    def test_any_four_numbers_are_a_rotation_or_are_refused(self, numbers: np.ndarray) -> None:
        try:
            rotation = RigidTransform.from_quaternion("a", "b", numbers, [0, 0, 0]).rotation
        except RotationError:
            return
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)

    def test_zeros_are_no_rotation(self) -> None:
        with pytest.raises(RotationError, match="not a rotation at all"):
            RigidTransform.from_rotation("a", "b", np.zeros((3, 3)), [0, 0, 0])

    @pytest.mark.parametrize("rows", [3, 4])
    def test_homogeneous_matrices_with_and_without_their_last_row(self, rows: int) -> None:
        matrix = np.eye(4)
        matrix[:3, :3] = QUARTER_LEFT
        matrix[:3, 3] = [1, 2, 3]
        made = RigidTransform.from_matrix("a", "b", matrix[:rows])
        np.testing.assert_array_equal(made.matrix, matrix)
        assert made.residual == 0.0

    def test_a_transposed_matrix_is_refused_with_a_hint(self) -> None:
        matrix = np.eye(4)
        matrix[:3, 3] = [1, 2, 3]
        with pytest.raises(ShapeError, match=r"bottom row must be 0 0 0 1, got \[1, 2, 3, 1\].*transposed"):
            RigidTransform.from_matrix("a", "b", matrix.T)

    @pytest.mark.parametrize("shape", [(3, 3), (4, 3), (16,)], ids=str)
    def test_matrices_of_another_shape_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ShapeError, match=r"must be \(4, 4\) or \(3, 4\)"):
            RigidTransform.from_matrix("a", "b", np.zeros(shape))


class TestPyquaternion:
    def test_a_pyquaternion_is_taken_and_given_back(self, rng: np.random.Generator) -> None:
        for wxyz in random_quaternions(rng, 100):
            theirs = Quaternion(wxyz)
            ours = RigidTransform.from_quaternion("a", "b", theirs, [0, 0, 0])
            np.testing.assert_allclose(ours.rotation, theirs.rotation_matrix, atol=1e-14)
            assert Quaternion.absolute_distance(ours.quaternion, theirs) < 1e-14
            np.testing.assert_allclose(
                ours.apply([[1.0, 2.0, 3.0]])[0], theirs.rotate(np.array([1.0, 2.0, 3.0])), atol=1e-13
            )

    def test_what_was_passed_in_is_left_as_it_was(self) -> None:
        theirs = Quaternion(1.02, 0, 0, 0)
        numbers = np.array([1.02, 0, 0, 0])
        assert RigidTransform.from_quaternion("a", "b", theirs, [0, 0, 0]).residual == pytest.approx(0.02)
        assert RigidTransform.from_quaternion("a", "b", numbers, [0, 0, 0]).residual == pytest.approx(0.02)
        assert theirs.elements.tolist() == [1.02, 0, 0, 0]
        assert numbers.tolist() == [1.02, 0, 0, 0]

    def test_what_is_handed_out_can_be_changed_without_harm(self) -> None:
        ours = turned(0.4)
        before = ours.matrix
        handed_out = ours.quaternion
        handed_out.q[:] = 0
        np.testing.assert_array_equal(ours.matrix, before)

    def test_a_matrix_pyquaternion_rejects_is_handed_out_to_it(self) -> None:
        rounded = Rotation.from_euler("zyx", [0.3, 0.2, 0.1]).as_matrix().round(6)
        with pytest.raises(ValueError, match="orthogonal"):
            Quaternion(matrix=rounded)
        ours = RigidTransform.from_rotation("a", "b", rounded, [0, 0, 0])
        np.testing.assert_allclose(ours.quaternion.rotation_matrix, rounded, atol=1e-6)

    @pytest.mark.parametrize(
        "quaternion",
        [[0, 0, 0, 0], [np.nan, 0, 0, 0], [np.inf, 0, 0, 0], [1.06, 0, 0, 0], [0.94, 0, 0, 0]],
        ids=["zero", "nan", "infinite", "too-long", "too-short"],
    )
    def test_refuses_a_quaternion_that_is_no_rotation(self, quaternion: list[float]) -> None:
        with pytest.raises(RotationError, match=r"ego_from_lidar: the quaternion .* expected 1"):
            RigidTransform.from_quaternion("ego", "lidar", quaternion, [0, 0, 0])

    def test_refuses_five_numbers(self) -> None:
        with pytest.raises(ShapeError, match="four numbers w, x, y, z"):
            RigidTransform.from_quaternion("ego", "lidar", [1, 0, 0, 0, 0], [0, 0, 0])


class TestColumns:
    def test_matrices_agree_with_scipy_both_ways(self, rng: np.random.Generator) -> None:
        rotations = random_rotations(rng, 500)
        wxyz = rotations.as_quat(scalar_first=True)
        np.testing.assert_allclose(matrices_from_quaternions(wxyz), rotations.as_matrix(), atol=1e-14)
        back = quaternions_from_matrices(rotations.as_matrix())
        np.testing.assert_allclose(back, rotations.as_quat(canonical=True, scalar_first=True), atol=1e-14)
        assert (back[:, 0] >= 0).all()

    def test_a_row_does_not_depend_on_its_company(self, rng: np.random.Generator) -> None:
        wxyz = random_quaternions(rng, 300) * rng.uniform(0.99, 1.01, (300, 1))
        together = matrices_from_quaternions(wxyz)
        alone = np.concatenate([matrices_from_quaternions(row[None]) for row in wxyz])
        np.testing.assert_array_equal(together, alone)

    def test_half_turns_have_matrices_and_quaternions_too(self) -> None:
        half_turns = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
        np.testing.assert_allclose(quaternions_from_matrices(matrices_from_quaternions(half_turns)), half_turns)

    def test_products_agree_with_pyquaternion(self, rng: np.random.Generator) -> None:
        left, right = random_quaternions(rng, 50), random_quaternions(rng, 50)
        expected = [(Quaternion(a) * Quaternion(b)).elements for a, b in zip(left, right, strict=True)]
        np.testing.assert_allclose(multiply_quaternions(left, right), expected, atol=1e-14)
        np.testing.assert_array_equal(multiply_quaternions(left[0], right)[3], multiply_quaternions(left[0], right[3]))
        np.testing.assert_array_equal(multiply_quaternions(left, right[0])[3], multiply_quaternions(left[3], right[0]))

    def test_a_rotation_times_its_conjugate_is_none(self, rng: np.random.Generator) -> None:
        wxyz = random_quaternions(rng, 50)
        products = multiply_quaternions(wxyz, conjugate_quaternions(wxyz))
        np.testing.assert_allclose(products, np.tile([1.0, 0, 0, 0], (50, 1)), atol=1e-15)
        assert conjugate_quaternions(wxyz[0]).shape == (4,)

    def test_normalising_is_exact_the_second_time(self, rng: np.random.Generator) -> None:
        once = normalise_quaternions(random_quaternions(rng, 500) * rng.uniform(0.96, 1.04, (500, 1)))
        np.testing.assert_allclose(np.linalg.norm(once, axis=1), 1, atol=1e-15)
        np.testing.assert_array_equal(normalise_quaternions(once), once)

    def test_normalising_leaves_what_it_is_given(self) -> None:
        given_rows = np.array([[1.01, 0, 0, 0]])
        normalise_quaternions(given_rows)
        assert given_rows[0, 0] == 1.01

    @pytest.mark.parametrize("broken", [0.0, np.nan, 1.5], ids=["zero", "nan", "too-long"])
    def test_normalising_names_the_row_that_is_no_rotation(self, broken: float) -> None:
        with pytest.raises(RotationError, match=r"quaternion 1 .* expected 1"):
            normalise_quaternions([[1, 0, 0, 0], [broken, 0, 0, 0], [0, 0, 0, 0]])

    def test_unit_quaternions_are_those_that_can_be_normalised(self) -> None:
        lengths = [0, 0.94, 0.96, 1, 1.04, 1.06, np.nan, np.inf, 1e200]
        wxyz = np.multiply.outer(lengths, [0.5, 0.5, -0.5, 0.5])
        assert are_unit_quaternions(wxyz).tolist() == [False, False, True, True, True, False, False, False, False]
        normalise_quaternions(wxyz[are_unit_quaternions(wxyz)])

    def test_sloppy_matrices_have_no_quaternions(self) -> None:
        with pytest.raises(RotationError, match="matrix 1 is not a right-handed rotation"):
            quaternions_from_matrices([np.eye(3), np.eye(3) * 1.01])
        with pytest.raises(RotationError, match="matrix 0 is not a right-handed rotation"):
            quaternions_from_matrices([np.diag([1, -1, 1])])

    def test_empty_columns_stay_empty(self) -> None:
        assert matrices_from_quaternions(np.empty((0, 4))).shape == (0, 3, 3)
        assert quaternions_from_matrices(np.empty((0, 3, 3))).shape == (0, 4)
        assert nearest_rotations(np.empty((0, 3, 3)))[0].shape == (0, 3, 3)
        assert quaternions_from_yaws([]).shape == (0, 4)
        assert yaws_from_quaternions(np.empty((0, 4))).shape == (0,)
        assert interpolate_quaternions(np.empty((0, 4)), np.empty((0, 4)), []).shape == (0, 4)

    @pytest.mark.parametrize(
        "call",
        [
            lambda: matrices_from_quaternions([1, 0, 0, 0]),
            lambda: quaternions_from_matrices(np.eye(3)),
            lambda: nearest_rotations(np.eye(4)[None]),
            lambda: nearest_rotation(np.eye(4)),
            lambda: multiply_quaternions(np.ones((2, 4)), np.ones((3, 4))),
            lambda: multiply_quaternions([1, 0, 0], [1, 0, 0, 0]),
            lambda: conjugate_quaternions([1, 0, 0]),
            lambda: interpolate_quaternions(np.ones((2, 4)), np.ones((3, 4)), [0, 0]),
            lambda: interpolate_quaternions(np.ones((2, 4)), np.ones((2, 4)), [0]),
        ],
        ids=["one-quaternion", "one-matrix", "4x4", "nearest-4x4", "rows", "three", "conjugate", "ends", "fractions"],
    )
    def test_other_shapes_are_refused(self, call) -> None:
        with pytest.raises(ShapeError):
            call()


class TestInterpolation:
    def test_agrees_with_scipy_slerp(self, rng: np.random.Generator) -> None:
        start, end = random_quaternions(rng, 100), random_quaternions(rng, 100)
        fractions = rng.uniform(0, 1, 100)
        ours = interpolate_quaternions(start, end, fractions)
        for a, b, fraction, got in zip(start, end, fractions, ours, strict=True):
            theirs = Slerp([0, 1], Rotation.from_quat([a, b], scalar_first=True))(fraction)
            assert (theirs.inv() * Rotation.from_quat(got, scalar_first=True)).magnitude() < 1e-12

    def test_takes_the_shorter_way_whatever_the_sign(self) -> None:
        start, end = quaternions_from_yaws([0.0]), quaternions_from_yaws([1.0])
        for sign in (1, -1):
            half_way = interpolate_quaternions(start, sign * end, [0.5])
            assert yaws_from_quaternions(half_way)[0] == pytest.approx(0.5, abs=1e-15)

    def test_crosses_the_seam_behind(self) -> None:
        half_way = interpolate_quaternions(quaternions_from_yaws([3.1]), quaternions_from_yaws([-3.1]), [0.5])
        assert abs(yaws_from_quaternions(half_way)[0]) == pytest.approx(np.pi, abs=1e-14)

    @pytest.mark.parametrize("angle_rad", [0.0, 1e-16, 1e-12, 1e-8, 1e-4], ids=str)
    def test_the_smallest_turns_are_interpolated_evenly(self, angle_rad: float) -> None:
        start, end = quaternions_from_yaws([0.0]), quaternions_from_yaws([angle_rad])
        quarter = interpolate_quaternions(start, end, [0.25])
        assert yaws_from_quaternions(quarter)[0] == pytest.approx(angle_rad / 4, rel=1e-7, abs=1e-300)

    def test_ends_are_reached(self, rng: np.random.Generator) -> None:
        start, end = random_quaternions(rng, 50), random_quaternions(rng, 50)
        np.testing.assert_allclose(interpolate_quaternions(start, end, np.zeros(50)), start, atol=1e-15)
        reached = interpolate_quaternions(start, end, np.ones(50))
        np.testing.assert_allclose(np.abs(np.sum(reached * end, axis=1)), 1, atol=1e-15)


class TestAngles:
    @given(st.floats(-3.14, 3.14))
    def test_a_yaw_comes_back_from_its_quaternion(self, yaw_rad: float) -> None:
        wxyz = quaternions_from_yaws([yaw_rad])
        assert wxyz[0, 0] >= 0
        assert yaws_from_quaternions(wxyz)[0] == pytest.approx(yaw_rad, abs=1e-15)
        assert turned(yaw_rad).yaw_rad == pytest.approx(yaw_rad, abs=1e-15)

    def test_yaws_of_tilted_boxes_agree_with_scipy(self, rng: np.random.Generator) -> None:
        yaw, pitch, roll = rng.uniform(-3, 3, 100), rng.uniform(-1, 1, 100), rng.uniform(-3, 3, 100)
        rotations = Rotation.from_euler("ZYX", np.stack([yaw, pitch, roll], axis=1))
        np.testing.assert_allclose(yaws_from_quaternions(rotations.as_quat(scalar_first=True)), yaw, atol=1e-12)

    @given(st.floats(-1e4, 1e4))
    def test_wrapping_keeps_the_direction_and_the_range(self, angle_rad: float) -> None:
        wrapped = wrap_angle_rad(angle_rad)
        assert -np.pi < wrapped <= np.pi
        assert np.sin(wrapped) == pytest.approx(np.sin(angle_rad), abs=1e-11)
        assert np.cos(wrapped) == pytest.approx(np.cos(angle_rad), abs=1e-11)

    @pytest.mark.parametrize(
        ("angle_rad", "wrapped"),
        [
            (np.pi, np.pi),
            (-np.pi, np.pi),
            (3 * np.pi, np.pi),
            (0.0, 0.0),
            (1e-300, 1e-300),
            (np.nextafter(np.pi, 4), np.pi),
            (np.nextafter(-np.pi, 0), np.nextafter(-np.pi, 0)),
        ],
        ids=["pi", "minus-pi", "three-pi", "zero", "tiny", "just-above-pi", "just-above-minus-pi"],
    )
    def test_wrapping_at_the_seam(self, angle_rad: float, wrapped: float) -> None:
        assert wrap_angle_rad(angle_rad) == pytest.approx(wrapped, abs=1e-15)
        np.testing.assert_array_equal(wrap_angle_rad(np.array([angle_rad])), [wrap_angle_rad(angle_rad)])

    def test_wrapping_lets_the_unknown_stay_unknown(self) -> None:
        np.testing.assert_array_equal(wrap_angle_rad(np.array([np.nan, 0.5])), [np.nan, 0.5])
