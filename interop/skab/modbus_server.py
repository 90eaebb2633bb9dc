"""Serves one recording as a Modbus TCP server: each read of the whole block gives the next row.

Holding registers 0-31 hold the eight signals as float64 (big-endian words), 32-33 the number of the row as uint32. Modbus has
no source times, so a poll is a row. The last row stays. Usage: modbus_server.py PORT FILE
"""

import asyncio
import pathlib
import struct
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

import rig

ROW_REGISTERS = 34


def words(values, number):
    raw = struct.pack(">8dI", *values, number)
    return list(struct.unpack(f">{ROW_REGISTERS}H", raw))


async def main():
    rows = [words(values, number) for number, (_, values, _) in enumerate(rig.rows(pathlib.Path(sys.argv[2])), 1)]
    at = -1

    async def next_row(_function, _start, _address, count, registers, _written):
        nonlocal at
        if count >= ROW_REGISTERS:
            at = min(at + 1, len(rows) - 1)
            registers[:ROW_REGISTERS] = rows[at]

    block = SimData(0, values=[0] * ROW_REGISTERS, datatype=DataType.REGISTERS)
    device = SimDevice(1, simdata=[block], action=next_row)
    server = ModbusTcpServer(device, address=("127.0.0.1", int(sys.argv[1])))
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.sleep(3600)


asyncio.run(main())
