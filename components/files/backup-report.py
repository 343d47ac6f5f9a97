"""Tells Prometheus' Pushgateway ($PUSH_URL) of a backup that succeeded: when, how large, how long it took.

It also tells how much room the volume has left. Its last line is for people. A gateway that does not answer fails no backup.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

COPY = Path(os.environ["COPY"])


def main() -> None:
    """Measure, push, and say so."""
    now = time.time()
    seconds = now - COPY.with_name("started").stat().st_mtime
    size = sum(path.stat().st_size for path in COPY.rglob("*") if path.is_file())
    # What the server keeps for root is no room for a backup.
    volume = os.statvfs(COPY)
    metrics = {
        "slipway_backup_last_success_timestamp_seconds": now,
        "slipway_backup_duration_seconds": seconds,
        "slipway_backup_size_bytes": size,
        "slipway_backup_volume_free_bytes": volume.f_bavail * volume.f_frsize,
        "slipway_backup_volume_size_bytes": volume.f_blocks * volume.f_frsize,
    }
    text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in metrics.items())
    print(f"backed up {size} bytes in {seconds:.0f} s")
    try:
        urllib.request.urlopen(  # noqa: S310 - the stack's own gateway
            f"{os.environ['PUSH_URL']}/metrics/job/backup", text.encode(), timeout=10
        )
    except OSError as error:
        print(f"Prometheus is not told: {error}", file=sys.stderr)


main()
