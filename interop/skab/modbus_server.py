"""Serves one recording as a Modbus TCP server: each read of the block gives the next row.

Registers 0-31 hold the eight signals as float64 (big-endian words), 32-33 the number of the row as uint32. Modbus has no
source times, so a poll is a row. The last row stays. Usage: modbus_server.py PORT FILE
"""

import asyncio
import pathlib
import struct
import sys

from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import StartAsyncTcpServer

import rig

ROW_REGISTERS = 34


def words(values, number):
    raw = struct.pack(">8dI", *values, number)
    return list(struct.unpack(f">{ROW_REGISTERS}H", raw))


class Recording(ModbusSequentialDataBlock):
    """Moves on by one row whenever the whole block is read."""

    def __init__(self, path):
        self.rows = [values for _, values, _ in rig.rows(path)]
        self.at = -1
        super().__init__(1, [0] * ROW_REGISTERS)

    def getValues(self, address, count=1):
        if count >= ROW_REGISTERS:
            self.at = min(self.at + 1, len(self.rows) - 1)
            self.values = words(self.rows[self.at], self.at + 1)
        return super().getValues(address, count)


async def main():
    block = Recording(pathlib.Path(sys.argv[2]))
    context = ModbusServerContext(devices=ModbusDeviceContext(hr=block), single=True)
    print("ready", flush=True)
    await StartAsyncTcpServer(context, address=("127.0.0.1", int(sys.argv[1])))


asyncio.run(main())
