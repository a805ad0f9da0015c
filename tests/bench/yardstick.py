"""How fast the servers' core is just now, by a piece of work that never changes.

Other programs on the machine do not only take turns on the core: they also slow down what runs
on its sibling. A figure means most beside the cost of one RSA-2048 signature at that time.
"""

import subprocess
import sys

from tests.bench.stage import on_server_core

QUIET_MICROSECONDS = 209
"""On the machine of the peers' figures when it had nothing else to do."""
_SIGN = """
import time
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
key, times = rsa.generate_private_key(65537, 2048), []
for _ in range(10):
    begun = time.process_time()
    for _ in range(100):
        key.sign(b"x" * 300, padding.PKCS1v15(), SHA256())
    times.append((time.process_time() - begun) * 1e4)
print(sorted(times)[len(times) // 2])
"""


def signature_microseconds() -> float:
    """CPU time of one RSA-2048 signature, the median of ten times a hundred."""
    with on_server_core():
        done = subprocess.run(
            [sys.executable, "-c", _SIGN], capture_output=True, text=True, check=True
        )
    return float(done.stdout)
