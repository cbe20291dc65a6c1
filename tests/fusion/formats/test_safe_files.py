from __future__ import annotations

import os
from pathlib import Path

import pytest

from calibration.errors import FileProblemError
from fusion.errors import UnsafePathError
from fusion.formats.safe_files import inside_root, list_files, list_folders, read_bytes, read_file, read_text_lines

UNSAFE = {
    "absolute": "/etc/passwd",
    "parent": "../secret.bin",
    "parent in the middle": "samples/../../secret.bin",
    "parent as Windows writes it": "samples\\..\\..\\secret.bin",
    "drive": "C:\\data\\a.bin",
    "share": "\\\\server\\a.bin",
    "empty": "",
    "null byte": "a\0.bin",
}


@pytest.mark.parametrize("name", UNSAFE.values(), ids=UNSAFE.keys())
def test_a_name_that_leads_out_of_the_data_set_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError):
        inside_root(tmp_path, name)


@pytest.mark.parametrize("name", ["a.bin", "samples/LIDAR TOP/a.bin", "a..b/c...bin", "./a.bin", "ü.bin"])
def test_an_honest_name_stays_below_the_root(name: str, tmp_path: Path) -> None:
    assert inside_root(tmp_path, name) == tmp_path / name


def test_a_link_the_user_placed_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "disk2"
    outside.mkdir()
    (outside / "a.bin").write_bytes(b"points")
    root = tmp_path / "root"
    root.mkdir()
    (root / "sweeps").symlink_to(outside)
    assert read_bytes(root, "sweeps/a.bin") == b"points"


def test_a_missing_file_is_told_by_its_name_in_the_data_set(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match=r"^sweeps/a\.bin: no such file$") as caught:
        read_bytes(tmp_path, "sweeps/a.bin")
    assert caught.value.path == "sweeps/a.bin"


def test_a_file_where_a_folder_should_be_is_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "sweeps").write_bytes(b"")
    with pytest.raises(FileProblemError, match="no such file"):
        read_bytes(tmp_path, "sweeps/a.bin")


def test_a_broken_link_says_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "a.bin").symlink_to("disk2/a.bin")
    with pytest.raises(FileProblemError, match=r"no such file: it is a link to 'disk2/a\.bin', which is missing"):
        read_bytes(tmp_path, "a.bin")


def test_a_loop_of_links_is_an_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").symlink_to("b.bin")
    (tmp_path / "b.bin").symlink_to("a.bin")
    with pytest.raises(FileProblemError, match=r"a\.bin: can't be read"):
        read_bytes(tmp_path, "a.bin")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").mkdir()
    with pytest.raises(FileProblemError, match="expected a file, found a folder"):
        read_bytes(tmp_path, "a.bin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.bin")
    with pytest.raises(FileProblemError, match="expected a file, found a device or pipe"):
        read_bytes(tmp_path, "a.bin")


def test_a_file_is_read_up_to_the_limit_and_not_beyond(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"12345")
    assert read_bytes(tmp_path, "a.bin", max_bytes=5) == b"12345"
    with pytest.raises(FileProblemError, match=r"a\.bin: has 5 bytes, above the limit of 4"):
        read_bytes(tmp_path, "a.bin", max_bytes=4)


def test_a_file_outside_any_data_set_is_called_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError) as caught:
        read_file(tmp_path / "a.bin")
    assert caught.value.path == str(tmp_path / "a.bin")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_lines_are_counted_as_an_editor_counts_them(ending: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(ending.join(["one", "", "thr\x0bee\u2028", ""]).encode())
    assert read_text_lines(tmp_path, "a.txt") == ["one", "", "thr\x0bee\u2028", ""]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfCar 1")
    assert read_text_lines(tmp_path, "a.txt") == ["Car 1"]


def test_text_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Car 1\r\nF\xfc\xdfg\xe4nger 2\n")
    with pytest.raises(FileProblemError, match=r"a\.txt line 2: is no UTF-8 text \(byte 0xfc\)") as caught:
        read_text_lines(tmp_path, "a.txt")
    assert caught.value.line == 2


def test_a_listing_leaves_out_hidden_files_and_folders(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".DS_Store", "._a.txt"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling.txt").symlink_to("nowhere")
    (tmp_path / "linked").symlink_to("folder")
    assert list_files(tmp_path, ".") == ["a.txt", "b.txt", "dangling.txt", "linked"]


def test_folders_are_listed_without_hidden_ones_and_files(tmp_path: Path) -> None:
    for name in ("b", "a", ".git"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "linked").symlink_to("a")
    (tmp_path / "circle").symlink_to("circle")
    assert list_folders(tmp_path) == ("a", "b", "linked")
    assert list_folders(tmp_path / "file") == list_folders(tmp_path / "nowhere") == ()


def test_a_missing_folder_can_not_be_listed(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="label_2: no such folder"):
        list_files(tmp_path, "label_2")
    (tmp_path / "label_2").write_bytes(b"")
    with pytest.raises(FileProblemError, match="label_2: can't be listed"):
        list_files(tmp_path, "label_2")
