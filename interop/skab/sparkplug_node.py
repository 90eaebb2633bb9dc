"""Sends recordings as a Sparkplug B edge node: one device a recording, one DDATA a row.

Usage: sparkplug_node.py HOST PORT ROWS_PER_SECOND FILE...
"""

import pathlib
import sys
import time

from pysparkplug import DataType, Device, EdgeNode, Metric

import rig


def metrics(at, values):
    return [Metric(at, name, DataType.DOUBLE, value) for name, value in zip(rig.SIGNALS, values)]


def main():
    host, port, pace = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    node = EdgeNode("skab", "rig", [])
    lanes = []
    for path in map(pathlib.Path, sys.argv[4:]):
        recording = rig.unique_rows(path)
        # the birth carries the first row
        node.register(Device(rig.device(path), metrics(*recording[0][:2])))
        lanes.append((rig.device(path), recording[1:]))
    node.connect(host, port=port)
    time.sleep(2.0)
    begun = time.monotonic()
    for index in range(max(len(recording) for _, recording in lanes)):
        for device, recording in lanes:
            if index < len(recording):
                node.update_device(device, metrics(*recording[index][:2]))
        ahead = (index + 1) / pace - (time.monotonic() - begun)
        if ahead > 0:
            time.sleep(ahead)
    time.sleep(2.0)
    node.disconnect()
    print("sent")


main()
