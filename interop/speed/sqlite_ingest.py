"""The peer of `cargo xtask bench speed-store`: an hour of 1000 signals into SQLite.

Wide rows (device, time, ten values), 1000 rows a transaction, write-ahead log, synchronous=FULL. Prints a line of figures:
{"values_per_s": 1.0, "values_per_cpu_s": 1.0, "bytes_per_value": 1.0}; the bytes are those of the file once the log is in it.

Usage: sqlite_ingest.py FILE [SECONDS]
"""

import json
import os
import random
import sqlite3
import sys
import time

random.seed(42)
seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3600
rows = [
    (device, 1_700_006_400 + second, *(round(random.gauss(50, 5), 2) for _ in range(10)))
    for second in range(seconds)
    for device in range(100)
]
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("PRAGMA journal_mode=WAL")
base.execute("PRAGMA synchronous=FULL")
base.execute("CREATE TABLE samples (device INT, time INT, " + ", ".join(f"v{i} REAL" for i in range(10)) + ")")
insert = "INSERT INTO samples VALUES (" + ", ".join("?" * 12) + ")"
begun, cpu = time.monotonic(), time.process_time()
for at in range(0, len(rows), 1000):
    base.execute("BEGIN")
    base.executemany(insert, rows[at : at + 1000])
    base.execute("COMMIT")
took, used = time.monotonic() - begun, time.process_time() - cpu
base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
values = len(rows) * 10
print(
    json.dumps(
        {
            "values_per_s": values / took,
            "values_per_cpu_s": values / used,
            "bytes_per_value": os.path.getsize(sys.argv[1]) / values,
        }
    )
)
