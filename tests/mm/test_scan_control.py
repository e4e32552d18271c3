"""Who reclaims."""

from tests.support import host
from thpsh.mm.scan_control import ScanControl
from thpsh.structs.memcg import MemCgroup


def test_the_trace_names_who_reclaims():
    kernel = host().kernel
    assert ScanControl(kernel, 0, 32, 60).by == "direct"
    assert ScanControl(kernel, 0, 32, 60, kswapd=True).by == "kswapd"
    assert ScanControl(kernel, 0, 32, 60, MemCgroup("g", kernel.root_memcg)).by == "/g"
