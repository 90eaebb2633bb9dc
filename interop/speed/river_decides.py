"""The peer of the suite speed-decide: every message through half-space trees, its score published again.

Usage: river_decides.py BROKER_PORT (needs paho-mqtt and river)
"""

import json
import sys

import paho.mqtt.client as mqtt
from river import anomaly

model = anomaly.HalfSpaceTrees(n_trees=10, height=8, window_size=250, seed=42)


def decide(client, _userdata, message):
    values = json.loads(message.payload)
    number = values.pop("seq")
    score = model.score_one(values)
    model.learn_one(values)
    client.publish("decision", json.dumps({"seq": number, "score": score, "alarm": score > 0.95}))


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "decider", protocol=mqtt.MQTTv311)
client.on_message = decide
client.connect("127.0.0.1", int(sys.argv[1]))
client.subscribe("dev/#")
client.loop_forever()
