"""Runs a command and prints as JSON what it took: seconds, processor time, memory of one process."""

import json
import resource
import subprocess
import sys
import time

begun = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB on Linux
took = {
    "seconds": time.monotonic() - begun,
    "cpuSeconds": used.ru_utime + used.ru_stime,
    "mib": used.ru_maxrss / unit,
}
print(json.dumps(took))
sys.exit(done.returncode)
