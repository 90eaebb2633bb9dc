"""An OPC UA server that is not ours: usage opcua_server.py PORT DIR none|secure|certificate.

Nodes of Plant count up ten times a second. `secure` offers Basic256Sha256 only, to the user operator / pa55word;
`certificate` Aes256_Sha256_RsaPss only, to whoever has the certificate DIR/user/certs/user.der."""
import asyncio
import socket
import sys
from datetime import datetime
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from cryptography.x509.oid import ExtendedKeyUsageOID

MANY = 2000


class Holders:
    def __init__(self, file):
        self.known = Path(file).read_bytes()

    def get_user(self, iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.User) if certificate == self.known else None


class Users:
    def get_user(self, iserver, username=None, password=None, certificate=None):
        if username == "operator" and password == "pa55word":
            return User(role=UserRole.User)
        return None


def unacknowledged(server):
    """Messages that the server keeps because nobody has acknowledged them."""
    subscriptions = server.iserver.subscription_service.subscriptions.values()
    return sum(len(subscription._not_acknowledged_results) for subscription in subscriptions)


async def fill(server):
    space = await server.register_namespace("http://gemba.test/plant")
    plant = await server.nodes.objects.add_folder(ua.NodeId("Plant", space), ua.QualifiedName("Plant", space))

    async def add(name, value, kind=None):
        return await plant.add_variable(ua.NodeId(f"Plant.{name}", space), ua.QualifiedName(name, space), value, kind)

    flow = await add("Flow", 0.0)
    unit = ua.EUInformation("http://www.opcfoundation.org/UA/units/un/cefact", 4408652, ua.LocalizedText("°C"), ua.LocalizedText("degree Celsius"))
    await flow.add_property(ua.NodeId("Plant.Flow.EU", space), ua.QualifiedName("EngineeringUnits", 0), unit)
    await flow.add_property(ua.NodeId("Plant.Flow.Range", space), ua.QualifiedName("EURange", 0), ua.Range(0, 50))
    mode = await add("Mode", "stop")
    wave = await add("Wave", [0.0] * 256, ua.VariantType.Float)
    await add("Rate", 25600.0)
    await add("Still", 42.0)
    kept = await add("Kept", 0.0)
    broken = await add("Broken", 1.0)
    await broken.write_value(ua.DataValue(ua.Variant(None), ua.StatusCode(ua.StatusCodes.BadSensorFailure)))
    for i in range(MANY):
        await add(f"Many{i}", float(i))
    hall = await server.nodes.objects.add_folder(space, "Hall 1")
    press = await hall.add_object(space, "Press 7")
    await press.add_variable(space, "Oil Temperature", 41.5)
    await press.add_variable(space, "Serviced", datetime(2026, 1, 2, 12, 0, 0))
    await press.add_variable(space, "Recipes", ["a", "b"])
    await press.add_variable(space, "Limits", ua.Range(0, 50))
    return flow, mode, wave, kept


async def main(port, folder, security):
    managers = {"secure": Users, "certificate": lambda: Holders(Path(folder) / "user/certs/user.der")}
    server = Server(user_manager=managers[security]() if security in managers else None)
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant")
    if security != "none":
        uri = f"urn:{socket.gethostname()}:gemba:peer"
        await server.set_application_uri(uri)
        key, cert = Path(folder) / "key.pem", Path(folder) / "cert.der"
        await setup_self_signed_certificate(key, cert, uri, socket.gethostname(), [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH], {"commonName": "peer"})
        if security == "secure":
            server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
            server.set_identity_tokens([ua.UserNameIdentityToken])
        else:
            server.set_security_policy([ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt])
            server.set_identity_tokens([ua.X509IdentityToken])
        await server.load_certificate(str(cert))
        await server.load_private_key(str(key))
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    flow, mode, wave, kept = await fill(server)
    async with server:
        print("ready", flush=True)
        for count in range(10**9):
            await flow.write_value(float(count))
            await mode.write_value("run" if count % 2 else "stop")
            await kept.write_value(float(unacknowledged(server)))
            await wave.write_value([float(count + i) for i in range(256)], ua.VariantType.Float)
            await asyncio.sleep(0.1)


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
