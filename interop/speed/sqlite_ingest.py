"""The peer of `cargo run --release -p gemba-store --example ingest -- hour`: an hour of 1000 signals into SQLite.

Wide rows (device, time, ten values), 1000 rows a transaction, write-ahead log, synchronous=FULL.

Usage: sqlite_ingest.py FILE
"""

import random
import sqlite3
import sys
import time

random.seed(42)
rows = [
    (device, 1_700_006_400 + second, *(round(random.gauss(50, 5), 2) for _ in range(10)))
    for second in range(3600)
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
values = len(rows) * 10
print(f"acknowledged: {values / took / 1e6:.2f} M values/s, {values / used / 1e6:.2f} M values/s/core")
