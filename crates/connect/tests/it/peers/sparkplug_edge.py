"""A Sparkplug edge node of a library that is not ours: speaks every 100 ms until it is killed."""

import sys
import time

library, port = sys.argv[1], int(sys.argv[2])


def pysparkplug():
    import pysparkplug as spark

    def metric(name, datatype, value):
        return spark.Metric(timestamp=spark.get_current_timestamp(), name=name, datatype=datatype, value=value)

    kinds = [("count", spark.DataType.INT32, -1), ("flow", spark.DataType.DOUBLE, 1.5), ("mode", spark.DataType.STRING, "AUTO"), ("on", spark.DataType.BOOLEAN, True)]
    edge = spark.EdgeNode("py", "edge", [metric(*kind) for kind in kinds])
    edge.register(spark.Device("pump", [metric("speed", spark.DataType.FLOAT, 0.5)]))
    edge.connect("127.0.0.1", port=port)
    time.sleep(0.5)
    print("ready", flush=True)
    number = 0
    while True:
        time.sleep(0.1)
        number += 1
        edge.update([metric("count", spark.DataType.INT32, -number)])
        edge.update_device("pump", [metric("speed", spark.DataType.FLOAT, number / 2)])


def mqtt_spb_wrapper():
    from mqtt_spb_wrapper import MqttSpbEntityEdgeNode

    edge = MqttSpbEntityEdgeNode("py", "edge", include_spb_rebirth=False)  # births say DATA/flow, data say flow
    edge.data.set_value("flow", 1.5)
    edge.data.set_value("mode", "AUTO")
    edge.attributes.set_value("maker", "somebody")
    edge.connect(host="127.0.0.1", port=port)
    while not edge.is_connected():
        time.sleep(0.05)
    edge.publish_birth()
    print("ready", flush=True)
    number = 0
    while True:
        time.sleep(0.1)
        number += 1
        edge.data.set_value("flow", 1.5 + number)
        edge.publish_data()


{"pysparkplug": pysparkplug, "mqtt_spb_wrapper": mqtt_spb_wrapper}[library]()
