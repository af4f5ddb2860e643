import platform
import subprocess
import sys

import pytest

from rvm.allocator import keep_freed_memory

ALLOCATE = """
import resource, torch
from rvm.allocator import keep_freed_memory
{prepare}
torch.set_num_threads(1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(40):
    torch.ones(10_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _page_faults(prepare: str) -> int:
    command = [sys.executable, '-c', ALLOCATE.format(prepare=prepare)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_it_says_whether_it_was_done():
    glibc = platform.system() == 'Linux' and platform.libc_ver()[0] == 'glibc'
    assert keep_freed_memory() is glibc


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='only glibc is told')
def test_large_tensors_reuse_their_pages():
    # 40 tensors of 40 MB, one after the other: by default each one is 9,766 fresh pages
    fresh = _page_faults('')
    assert fresh > 40 * 9_000
    assert _page_faults('assert keep_freed_memory()') < fresh / 2
