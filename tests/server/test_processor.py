"""What public addresses cost the HTTP process, whatever their parameters."""

from pathlib import Path

import pytest

from tests.benchmarks.measure import served
from tests.benchmarks.processor import all_targets, measure


@pytest.mark.long
def test_no_public_address_keeps_the_http_process_busy(real_path: Path) -> None:
    with served(real_path, COMITY_PROCESSES="1", COMITY_CACHE_MIB="0") as (address, pid):
        targets = all_targets(address, real_path, thorough=False)
        # The promise is a tenth of this, on all facts; a machine may be slow, and the first of all is dear.
        found = [one for one in measure(address, pid, targets, ["identity"]) if one.most > 3]
    assert not found, [str(one) for one in found]
