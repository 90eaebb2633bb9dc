"""The SKAB recordings as rows, and what every server script here shares."""

import csv
import hashlib
import pathlib
import struct
from datetime import datetime, timezone

SIGNALS = [
    "Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure",
    "Temperature", "Thermocouple", "Voltage", "Volume Flow RateRMS",
]
LABELLED = ("valve1", "valve2", "other")


def files(folder):
    """Every labelled recording below the folder, sorted; whatever is there."""
    found = [p for p in pathlib.Path(folder).rglob("*.csv") if p.parent.name in LABELLED]
    return sorted(found)


def device(path):
    """The device name of a recording: `valve1-0`."""
    return f"{path.parent.name}-{path.stem}"


def slug(name):
    return name.lower().replace(" ", "-")


def rows(path):
    """(time in ms, [values], anomaly) of every row."""
    with open(path, newline="", encoding="utf-8-sig") as handle:
        for row in csv.DictReader(handle, delimiter=";"):
            at = datetime.strptime(row["datetime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
            yield int(at.timestamp() * 1000), [float(row[s]) for s in SIGNALS], float(row["anomaly"]) > 0.5


def unique_rows(path):
    """Rows with one value for each time: a later row of the same second replaces the earlier, as in the store."""
    kept = {}
    for at, values, anomaly in rows(path):
        kept[at] = (values, anomaly)
    return [(at, *kept[at]) for at in sorted(kept)]


def checksum(values):
    """SHA-256 over the bytes of doubles, in order: equal only when every bit is."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(struct.pack("<d", value))
    return digest.hexdigest()
