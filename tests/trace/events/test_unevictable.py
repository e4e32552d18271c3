import pytest

from thpsh.trace.events.unevictable import (
    UnevictablePgsCleared,
    UnevictablePgsCulled,
    UnevictablePgsMlocked,
    UnevictablePgsMlockfreed,
    UnevictablePgsMunlocked,
    UnevictablePgsRescued,
)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (UnevictablePgsMlocked(7), "unevictable_pgs_mlocked"),
        (UnevictablePgsCulled(7), "unevictable_pgs_culled"),
        (UnevictablePgsMunlocked(7), "unevictable_pgs_munlocked"),
        (UnevictablePgsCleared(7), "unevictable_pgs_cleared"),
        (UnevictablePgsMlockfreed(7), "unevictable_pgs_mlockfreed"),
        (UnevictablePgsRescued(7), "unevictable_pgs_rescued"),
    ],
)
def test_an_event_counts_its_pages(event, name):
    assert list(event.counts()) == [(name, 7)]
    assert event.tracepoint() == name
