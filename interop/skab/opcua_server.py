"""Serves recordings as an OPC UA server: a folder a recording, a variable a signal, with the source times of the file.

Usage: opcua_server.py PORT ROWS_PER_SECOND FILE...
Writes begin when a line arrives on standard input; `sent` is printed at the end and the server stays until killed.
"""

import asyncio
import pathlib
import sys
from datetime import datetime, timezone

from asyncua import Server, ua

import rig


async def main():
    port, pace = int(sys.argv[1]), float(sys.argv[2])
    paths = [pathlib.Path(p) for p in sys.argv[3:]]
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/skab")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:skab")
    lanes = []
    for path in paths:
        folder = await server.nodes.objects.add_folder(ua.NodeId(rig.device(path), space), rig.device(path))
        recording = rig.unique_rows(path)
        nodes = []
        for name in rig.SIGNALS:
            place = ua.NodeId(f"{rig.device(path)}/{rig.slug(name)}", space)
            nodes.append(await folder.add_variable(place, name, 0.0, ua.VariantType.Double))
        lanes.append((nodes, recording))

    async def show(index):
        for nodes, recording in lanes:
            if index < len(recording):
                at, values, _ = recording[index]
                stamp = datetime.fromtimestamp(at / 1000, tz=timezone.utc)
                for node, value in zip(nodes, values):
                    data = ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=stamp)
                    await server.write_attribute_value(node.nodeid, data)

    await show(0)
    async with server:
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        clock = asyncio.get_running_loop().time
        begun = clock()
        for index in range(1, max(len(recording) for _, recording in lanes)):
            await show(index)
            await asyncio.sleep(max(0.0, index / pace - (clock() - begun)))
        print("sent", flush=True)
        await asyncio.sleep(3600)


asyncio.run(main())
