"""Every check, one line each, in code order."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from fusion.checks.box.box_in_ego_vehicle import box_in_ego_vehicle
from fusion.checks.box.box_out_of_range import box_out_of_range
from fusion.checks.box.cut_off_object import cut_off_object
from fusion.checks.box.degenerate_box import degenerate_box
from fusion.checks.box.duplicate_box import duplicate_box
from fusion.checks.box.floating_box import floating_box
from fusion.checks.box.heading_off_shape import heading_off_shape
from fusion.checks.box.implausible_size import implausible_size
from fusion.checks.box.loose_box import loose_box
from fusion.checks.box.misfit_box import misfit_box
from fusion.checks.box.overlapping_solids import overlapping_solids
from fusion.checks.box.see_through_box import see_through_box
from fusion.checks.box.size_against_priors import size_against_priors
from fusion.checks.box.size_of_another_class import size_of_another_class
from fusion.checks.box.swapped_dimensions import swapped_dimensions
from fusion.checks.box.tilted_box import tilted_box
from fusion.checks.box.too_few_points import too_few_points
from fusion.checks.box.track_off_ground import track_off_ground
from fusion.checks.check import Check
from fusion.checks.dataset.broken_reference import broken_reference
from fusion.checks.dataset.count_disagrees import count_disagrees
from fusion.checks.dataset.duplicate_label_id import duplicate_label_id
from fusion.checks.dataset.frozen_labels import frozen_labels
from fusion.checks.dataset.identical_images import identical_images
from fusion.checks.dataset.identical_sweeps import identical_sweeps
from fusion.checks.dataset.instance_without_annotation import instance_without_annotation
from fusion.checks.dataset.malformed_record import malformed_record
from fusion.checks.dataset.misread_convention import misread_convention
from fusion.checks.dataset.missing_file import missing_file
from fusion.checks.dataset.non_finite_points import non_finite_points
from fusion.checks.dataset.recorded_count_mismatch import recorded_count_mismatch
from fusion.checks.dataset.repeated_track import repeated_track
from fusion.checks.dataset.uneven_file_counts import uneven_file_counts
from fusion.checks.dataset.unreadable_file import unreadable_file
from fusion.checks.image.camera_seam import camera_seam
from fusion.checks.image.class_disagreement import class_disagreement
from fusion.checks.image.degenerate_2d_box import degenerate_2d_box
from fusion.checks.image.hull_off_2d_box import hull_off_2d_box
from fusion.checks.image.missing_2d_box import missing_2d_box
from fusion.checks.image.missing_3d_box import missing_3d_box
from fusion.checks.image.truncation_off import truncation_off
from fusion.checks.image.visibility_off import visibility_off
from fusion.checks.ontology.attribute_value_not_allowed import attribute_value_not_allowed
from fusion.checks.ontology.changing_attribute import changing_attribute
from fusion.checks.ontology.forbidden_overlap import forbidden_overlap
from fusion.checks.ontology.missing_attribute import missing_attribute
from fusion.checks.ontology.outside_label_scope import outside_label_scope
from fusion.checks.ontology.size_against_specification import size_against_specification
from fusion.checks.ontology.too_few_points_for_specification import too_few_points_for_specification
from fusion.checks.ontology.unknown_attribute import unknown_attribute
from fusion.checks.ontology.unknown_class import unknown_class
from fusion.checks.rig.camera_off_lidar import camera_off_lidar
from fusion.checks.rig.extrinsic_off import extrinsic_off
from fusion.checks.rig.implausible_intrinsics import implausible_intrinsics
from fusion.checks.rig.improper_rotation import improper_rotation
from fusion.checks.rig.lidar_off_lidar import lidar_off_lidar
from fusion.checks.rig.mounting_off_ground import mounting_off_ground
from fusion.checks.rig.rig_changed import rig_changed
from fusion.checks.timing.camera_clock_off import camera_clock_off
from fusion.checks.timing.clock_drift import clock_drift
from fusion.checks.timing.disordered_timestamps import disordered_timestamps
from fusion.checks.timing.displaced_fast_object import displaced_fast_object
from fusion.checks.timing.exposure_off_labels import exposure_off_labels
from fusion.checks.timing.exposure_off_sweep import exposure_off_sweep
from fusion.checks.timing.irregular_stream import irregular_stream
from fusion.checks.timing.label_rate_off_sweep_rate import label_rate_off_sweep_rate
from fusion.checks.timing.labels_slipped import labels_slipped
from fusion.checks.timing.lidar_clock_off import lidar_clock_off
from fusion.checks.timing.pose_disagrees import pose_disagrees
from fusion.checks.timing.pose_jump import pose_jump
from fusion.checks.track.attribute_flicker import attribute_flicker
from fusion.checks.track.broken_identity import broken_identity
from fusion.checks.track.class_flicker import class_flicker
from fusion.checks.track.drifting_static_object import drifting_static_object
from fusion.checks.track.duplicate_tracks import duplicate_tracks
from fusion.checks.track.early_end import early_end
from fusion.checks.track.frozen_track import frozen_track
from fusion.checks.track.heading_against_motion import heading_against_motion
from fusion.checks.track.heading_flip import heading_flip
from fusion.checks.track.height_jump import height_jump
from fusion.checks.track.identity_on_two_objects import identity_on_two_objects
from fusion.checks.track.implausible_acceleration import implausible_acceleration
from fusion.checks.track.implausible_speed import implausible_speed
from fusion.checks.track.implausible_yaw_rate import implausible_yaw_rate
from fusion.checks.track.late_start import late_start
from fusion.checks.track.linear_interpolation import linear_interpolation
from fusion.checks.track.moving_but_standing import moving_but_standing
from fusion.checks.track.parked_but_moving import parked_but_moving
from fusion.checks.track.pedestrian_heading import pedestrian_heading
from fusion.checks.track.position_jump import position_jump
from fusion.checks.track.sawtooth_interpolation import sawtooth_interpolation
from fusion.checks.track.sideways_slip import sideways_slip
from fusion.checks.track.size_flicker import size_flicker
from fusion.checks.track.swapped_identities import swapped_identities
from fusion.checks.track.track_gap import track_gap
from fusion.errors import UnknownCheckError

CATALOGUE: tuple[Check[Any], ...] = (
    missing_file,  # DAT001
    unreadable_file,  # DAT002
    malformed_record,  # DAT003
    non_finite_points,  # DAT004
    broken_reference,  # DAT005
    recorded_count_mismatch,  # DAT006
    repeated_track,  # DAT007
    instance_without_annotation,  # DAT008
    uneven_file_counts,  # DAT009
    frozen_labels,  # DAT010
    identical_images,  # DAT012
    identical_sweeps,  # DAT013
    duplicate_label_id,  # DAT014
    count_disagrees,  # DAT016
    misread_convention,  # DAT017
    improper_rotation,  # RIG101
    implausible_intrinsics,  # RIG102
    extrinsic_off,  # RIG103
    camera_off_lidar,  # RIG104
    lidar_off_lidar,  # RIG105
    mounting_off_ground,  # RIG106
    rig_changed,  # RIG107
    disordered_timestamps,  # TIM201
    exposure_off_sweep,  # TIM202
    labels_slipped,  # TIM203
    pose_jump,  # TIM204
    displaced_fast_object,  # TIM205
    label_rate_off_sweep_rate,  # TIM206
    camera_clock_off,  # TIM207
    clock_drift,  # TIM208
    lidar_clock_off,  # TIM209
    irregular_stream,  # TIM210
    pose_disagrees,  # TIM211
    exposure_off_labels,  # TIM212
    see_through_box,  # BOX301
    implausible_size,  # BOX302
    too_few_points,  # BOX303
    floating_box,  # BOX304
    overlapping_solids,  # BOX305
    duplicate_box,  # BOX306
    cut_off_object,  # BOX307
    loose_box,  # BOX308
    misfit_box,  # BOX309
    tilted_box,  # BOX310
    heading_off_shape,  # BOX311
    box_in_ego_vehicle,  # BOX312
    box_out_of_range,  # BOX313
    degenerate_box,  # BOX314
    swapped_dimensions,  # BOX315
    size_of_another_class,  # BOX317
    size_against_priors,  # BOX318
    track_off_ground,  # BOX319
    hull_off_2d_box,  # IMG401
    class_disagreement,  # IMG402
    missing_2d_box,  # IMG403
    missing_3d_box,  # IMG404
    visibility_off,  # IMG405
    truncation_off,  # IMG407
    camera_seam,  # IMG408
    degenerate_2d_box,  # IMG411
    position_jump,  # TRK501
    size_flicker,  # TRK502
    heading_flip,  # TRK503
    track_gap,  # TRK504
    implausible_speed,  # TRK505
    class_flicker,  # TRK506
    implausible_acceleration,  # TRK507
    implausible_yaw_rate,  # TRK508
    sideways_slip,  # TRK509
    heading_against_motion,  # TRK510
    pedestrian_heading,  # TRK511
    attribute_flicker,  # TRK512
    parked_but_moving,  # TRK513
    moving_but_standing,  # TRK514
    late_start,  # TRK515
    early_end,  # TRK516
    broken_identity,  # TRK517
    swapped_identities,  # TRK518
    identity_on_two_objects,  # TRK519
    duplicate_tracks,  # TRK520
    sawtooth_interpolation,  # TRK521
    frozen_track,  # TRK522
    linear_interpolation,  # TRK523
    drifting_static_object,  # TRK524
    height_jump,  # TRK525
    unknown_class,  # ONT601
    unknown_attribute,  # ONT602
    missing_attribute,  # ONT603
    attribute_value_not_allowed,  # ONT604
    size_against_specification,  # ONT605
    too_few_points_for_specification,  # ONT606
    outside_label_scope,  # ONT607
    forbidden_overlap,  # ONT608
    changing_attribute,  # ONT609
)


def find_check(code_or_name: str) -> Check[Any]:
    """The check of a code ("BOX304") or name ("floating-box").

    Raises:
        UnknownCheckError: there is none; the message names the closest.
    """
    wanted = code_or_name.strip()
    for check in CATALOGUE:
        if wanted.upper() == check.code or wanted.lower() == check.name:
            return check
    known = [word for check in CATALOGUE for word in (check.code, check.name)]
    close = get_close_matches(wanted, known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else "`boresight explain` lists them all"
    raise UnknownCheckError(f"no check {code_or_name!r}; {hint}")
