"""Sends recordings as a Sparkplug B edge node: one device a recording, one DDATA a row.

Usage: sparkplug_node.py HOST PORT ROWS_PER_SECOND FILE...
"""

import pathlib
import sys
import time

from mqtt_spb_wrapper import MqttSpbEntityDevice, MqttSpbEntityEdgeNode

import rig


def main():
    host, port, pace = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    paths = [pathlib.Path(p) for p in sys.argv[4:]]
    node = MqttSpbEntityEdgeNode("skab", "rig")
    if not node.connect(host, port):
        sys.exit("the edge node cannot reach the broker")
    node.publish_birth()
    lanes = []
    for path in paths:
        device = MqttSpbEntityDevice("skab", "rig", rig.device(path))
        recording = rig.unique_rows(path)
        for name, value in zip(rig.SIGNALS, recording[0][1]):
            device.data.set_value(name, value, timestamp=recording[0][0])
        if not device.connect(host, port):
            sys.exit(f"device {rig.device(path)} cannot reach the broker")
        device.publish_birth()
        lanes.append((device, recording[1:]))
    time.sleep(1.0)
    longest = max(len(recording) for _, recording in lanes)
    begun = time.monotonic()
    for index in range(longest):
        for device, recording in lanes:
            if index < len(recording):
                at, values, _ = recording[index]
                for name, value in zip(rig.SIGNALS, values):
                    device.data.set_value(name, value, timestamp=at)
                device.publish_data()
        ahead = (index + 1) / pace - (time.monotonic() - begun)
        if ahead > 0:
            time.sleep(ahead)
    time.sleep(1.0)
    for device, _ in lanes:
        device.disconnect()
    node.disconnect()
    print("sent")


main()
