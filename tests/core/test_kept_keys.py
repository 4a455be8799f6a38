"""Where project keys are kept."""

import pytest

from secretzero.engine.state.project_key import ProjectKeys
from secretzero.files import TEMPORARY
from secretzero.keys import ProjectKey
from secretzero.places import Places
from secretzero.testing.disk import MemoryDisk
from secretzero.testing.fakes import Dice
from secretzero.testing.faults import Crash

PLACES = Places("/state/secretzero", "/config", "/home")
KEY = ProjectKey.new(Dice(1))


def _crashed_at(moment: int) -> MemoryDisk:
    disk = MemoryDisk()
    disk.crash_at(moment)
    with pytest.raises(Crash):
        ProjectKeys(disk, PLACES, {}).keep("prj_1", KEY)
    disk.reboot("nothing")
    return disk


def test_a_key_survives_a_power_failure_as_soon_as_it_is_kept():
    """What `keep` returned from is there after the worst restart."""
    disk = MemoryDisk()
    secrecy = ProjectKeys(disk, PLACES, {})
    secrecy.keep("prj_1", KEY)
    disk.reboot("everything")
    assert secrecy.find("prj_1", None) == KEY


def test_a_death_while_a_key_is_kept_leaves_no_temporary_file():
    """Its project has no name yet by which a later run could find and remove one."""
    before, after = TEMPORARY.split("{}")
    moments = MemoryDisk()
    ProjectKeys(moments, PLACES, {}).keep("prj_1", KEY)
    assert moments.points.count > 3
    for moment in range(1, moments.points.count + 1):
        names = [path.rpartition("/")[2] for path in _crashed_at(moment).files()]
        assert not [name for name in names if name.startswith(before) and name.endswith(after)]
