"""Which directories are on network file systems."""

from pathlib import Path

import pytest

from longfuse.store.sqlitefs import network_filesystem, read_mountinfo

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:44 / {0}/home rw,relatime shared:2 master:1 - nfs4 server:/home rw,vers=4.2
31 30 0:45 / {0}/home/scratch rw - lustre 10.0.0.1@o2ib:/fs rw
32 22 0:46 / {0}/two\040words rw - fuse.sshfs host:/ rw
33 22 8:2 / {0}/disk rw - nfs server:/old rw
34 33 8:2 / {0}/disk rw - xfs /dev/sdb1 rw
35 22 0:50 / {0}/usb rw - fuseblk /dev/sdc1 rw
broken line
"""


@pytest.mark.parametrize(
    ("directory", "kind"),
    [
        (".", None),
        ("home", "nfs4"),
        ("home/user", "nfs4"),
        ("homestead", None),
        ("home/scratch/run", "lustre"),
        ("two words", "fuse.sshfs"),
        ("disk", None),
        ("usb", None),
        ("link", "nfs4"),
    ],
)
def test_longest_mount_decides_and_the_last_at_one_point(tmp_path, directory, kind):
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert network_filesystem(tmp_path / directory, MOUNTS.format(tmp_path)) == kind


def test_root_on_a_network(tmp_path):
    assert network_filesystem(tmp_path, "1 0 0:1 / / rw - nfs server:/ rw") == "nfs"


def test_nobody_knows(tmp_path):
    assert network_filesystem(tmp_path, "") is None
    assert read_mountinfo(tmp_path / "missing") == ""


def test_the_kernels_own_list_can_be_read():
    assert " - " in read_mountinfo()
    assert network_filesystem(Path("/proc"), read_mountinfo()) is None
