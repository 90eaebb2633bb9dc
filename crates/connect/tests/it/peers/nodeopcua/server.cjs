// An OPC UA server that is not ours: usage server.cjs PORT DIR none|secure|certificate.
//
// Nodes of Plant count up ten times a second. `secure` offers Basic256Sha256, signed and encrypted, to the user
// operator / pa55word only; `certificate` Aes256_Sha256_RsaPss to whoever has the certificate DIR/user/certs/user.der.
const fs = require("node:fs");
const path = require("node:path");
const {
    DataType, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes, Variant,
    VariantArrayType, standardUnits, coerceLocalizedText,
} = require("node-opcua");

const MANY = 2000;

function fill(server) {
    const space = server.engine.addressSpace.registerNamespace("http://gemba.test/plant");
    const plant = space.addObject({
        nodeId: "s=Plant", browseName: "Plant", organizedBy: server.engine.addressSpace.rootFolder.objects,
    });
    const add = (name, dataType, value, more = {}) => {
        const variable = space.addVariable({
            nodeId: `s=Plant.${name}`, browseName: name, componentOf: plant, dataType, ...more,
        });
        variable.setValueFromSource({ dataType, value, arrayType: more.valueRank === 1 ? VariantArrayType.Array : VariantArrayType.Scalar });
        return variable;
    };
    const flow = space.addAnalogDataItem({
        nodeId: "s=Plant.Flow", browseName: "Flow", componentOf: plant, dataType: "Double",
        engineeringUnitsRange: { low: 0, high: 50 }, engineeringUnits: standardUnits.degree_celsius,
    });
    const mode = add("Mode", DataType.String, "stop");
    const wave = add("Wave", DataType.Float, new Float32Array(256), { valueRank: 1, arrayDimensions: [256] });
    add("Rate", DataType.Double, 25600);
    add("Still", DataType.Double, 42);
    const broken = add("Broken", DataType.Double, 1);
    broken.setValueFromSource({ dataType: DataType.Null }, StatusCodes.BadSensorFailure);
    for (let i = 0; i < MANY; i++) {
        add(`Many${i}`, DataType.Double, i);
    }
    return { flow, mode, wave };
}

async function main(port, folder, security) {
    const [secure, certificate] = [security === "secure", security === "certificate"];
    const serverCertificateManager = new OPCUACertificateManager({
        automaticallyAcceptUnknownCertificate: true, rootFolder: path.join(folder, "nodeopcua-pki"),
    });
    await serverCertificateManager.initialize();
    const userCertificateManager = new OPCUACertificateManager({
        automaticallyAcceptUnknownCertificate: false, rootFolder: path.join(folder, "nodeopcua-users"),
    });
    await userCertificateManager.initialize();
    if (certificate) {
        await userCertificateManager.trustCertificate(fs.readFileSync(path.join(folder, "user/certs/user.der")));
    }
    const policy = certificate ? SecurityPolicy.Aes256_Sha256_RsaPss : SecurityPolicy.Basic256Sha256;
    const closed = secure || certificate;
    const server = new OPCUAServer({
        port,
        hostname: "127.0.0.1",
        resourcePath: "/plant",
        serverCertificateManager,
        userCertificateManager,
        allowAnonymous: !closed,
        securityPolicies: [closed ? policy : SecurityPolicy.None],
        securityModes: [closed ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None],
        userManager: secure ? { isValidUser: (user, password) => user === "operator" && password === "pa55word" } : undefined,
        serverCapabilities: { maxSessions: 20 },
    });
    await server.initialize();
    const { flow, mode, wave } = fill(server);
    await server.start();
    console.log("ready");
    let count = 0;
    setInterval(() => {
        flow.setValueFromSource({ dataType: DataType.Double, value: count });
        mode.setValueFromSource({ dataType: DataType.String, value: count % 2 ? "run" : "stop" });
        const samples = Float32Array.from({ length: 256 }, (_, i) => count + i);
        wave.setValueFromSource({ dataType: DataType.Float, arrayType: VariantArrayType.Array, value: samples });
        count += 1;
    }, 100);
}

main(Number(process.argv[2]), process.argv[3], process.argv[4]).catch((error) => {
    console.error(error);
    process.exit(1);
});
