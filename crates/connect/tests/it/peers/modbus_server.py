"""A Modbus TCP device that is not ours: usage modbus_server.py PORT. Registers 20..29 of each table do not exist."""
import asyncio
import struct
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def regs(fmt, *values):
    raw = struct.pack(fmt, *values)
    return list(struct.unpack(f">{len(raw) // 2}H", raw))


async def main(port):
    holding = regs(">fffd", 1.5, -2.25, 1e6, 3.141592653589793)  # 0..9
    holding += regs(">iIhHq", -70000, 4000000000, -5, 65535, -(2**40))  # 10..19
    block = SimData(0, values=holding, datatype=DataType.REGISTERS)
    tail = SimData(30, values=list(range(100, 300)), datatype=DataType.REGISTERS)
    bits = SimData(0, values=[True, False, True, True] * 10, datatype=DataType.BITS)
    device = SimDevice(1, simdata=([bits], [bits], [block, tail], [block, tail]))
    server = ModbusTcpServer(device, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.sleep(3600)


asyncio.run(main(int(sys.argv[1])))
