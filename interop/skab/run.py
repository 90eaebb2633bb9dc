"""The whole way on real input: SKAB recordings through servers that are not ours, into Gemba, out as alarms and by SQL.

Usage: run.py --gemba BIN --data DIR [--doors sparkplug,opcua,modbus] [--files N] [--pace ROWS_PER_SECOND]
              [--false-alarms-per-month N] [--json]

Each recording becomes an asset. Gemba learns on its healthy head (400 rows) and watches the rest. Then every sample is
read back by SQL and compared bit for bit with the file, and each finding is held against the labels.
Ends with 0 when every sample was found again and at least half of the recordings raised an alarm in their faulty part.
"""

import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

import rig

HERE = pathlib.Path(__file__).parent
HEAD = 400
STEP_MS = {"sparkplug": 1000, "opcua": 1000, "modbus": 40}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gemba:
    """A running Gemba and its API."""

    def __init__(self, binary, folder, config, plant):
        self.folder, self.binary = folder, binary
        (folder / "plant").mkdir(parents=True, exist_ok=True)
        (folder / "gemba.toml").write_text(config)
        (folder / "plant" / "rig.toml").write_text(plant)
        self.log = open(folder / "gemba.log", "w")
        self.process = subprocess.Popen([binary, "run", "--config", str(folder / "gemba.toml")], stdout=self.log, stderr=self.log)
        self.token = None

    def wait_ready(self, url):
        self.url = url
        for _ in range(300):
            token = self.folder / "gemba-data" / "local-token"
            if self.process.poll() is not None:
                sys.exit(f"gemba ended: {(self.folder / 'gemba.log').read_text()[-2000:]}")
            if token.exists() and token.read_text():
                self.token = token.read_text()
                try:
                    self.get("/session")
                    return
                except (urllib.error.URLError, ConnectionError):
                    pass
            time.sleep(0.1)
        sys.exit("gemba does not answer")

    def ask(self, path, body=None):
        request = urllib.request.Request(self.url + "/api/v1" + path, headers={"Authorization": f"Bearer {self.token}"})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{path} {body}: {error.code} {error.read().decode()}")

    def get(self, path):
        return self.ask(path)

    def sql(self, text, limit=100_000):
        return self.ask("/query", {"sql": text, "limit": limit})["rows"]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def toml_list(items):
    return "[" + ", ".join(json.dumps(i) for i in items) + "]"


def config(port, step_ms, budget, connections):
    learn_s = HEAD * step_ms // 1000
    return f"""
[http]
listen = "127.0.0.1:{port}"

[maintenance.normal]
step_ms = {step_ms}
hold_ms = {step_ms * 10}
learn_s = {learn_s}
false_alarms_per_month = {budget}
{connections}
"""


def asset(path, connection, addresses, template=""):
    lines = [f'[[asset]]\npath = "skab/rig/{path}"\n{template}']
    for name, address in addresses:
        lines.append(f'[[asset.signal]]\nname = "{name}"\nconnection = "{connection}"\naddress = {json.dumps(address)}\n')
    return "\n".join(lines)


class Door:
    """One way in: what to start beside Gemba, and what Gemba is told."""

    def __init__(self, files, pace, python):
        self.files, self.pace, self.python, self.children = files, pace, python, []

    def spawn(self, words, **options):
        child = subprocess.Popen(words, cwd=HERE, text=True, **options)
        self.children.append(child)
        return child

    def script(self, name, *words):
        return self.spawn([self.python, str(HERE / name), *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        for child in self.children:
            child.kill()
            child.wait()


class Sparkplug(Door):
    def before(self, folder):
        self.port = free_port()
        (folder / "mosquitto.conf").write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n")
        self.spawn(["/usr/sbin/mosquitto", "-c", str(folder / "mosquitto.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def told(self):
        connections = f'[connections.skab]\nprotocol = "sparkplug"\nbroker = "mqtt://127.0.0.1:{self.port}"\n'
        plant = [asset(rig.device(f), "skab", [(rig.slug(s), f"skab/rig/{rig.device(f)}/{s}") for s in rig.SIGNALS]) for f in self.files]
        return connections, "\n".join(plant)

    def go(self):
        self.script("sparkplug_node.py", "127.0.0.1", self.port, self.pace, *self.files)


class OpcUa(Door):
    def before(self, folder):
        self.port = free_port()
        self.server = self.script("opcua_server.py", self.port, self.pace, *self.files)
        self.server.stdout.readline()

    def told(self):
        connections = (
            f'[connections.skab]\nprotocol = "opcua"\nendpoint = "opc.tcp://127.0.0.1:{self.port}/skab"\nsecurity = "none"\n'
            'insecure = true\ntrigger = "timestamp"\nqueue_size = 2000\nsampling_interval_ms = 0\npublishing_interval_ms = 100\n'
        )
        plant = [asset(rig.device(f), "skab", [(rig.slug(s), f"ns=2;s={rig.device(f)}/{rig.slug(s)}") for s in rig.SIGNALS]) for f in self.files]
        return connections, "\n".join(plant)

    def go(self):
        time.sleep(2)
        self.server.stdin.write("go\n")
        self.server.stdin.flush()


class Modbus(Door):
    def before(self, folder):
        self.ports = {f: free_port() for f in self.files}
        for file, port in self.ports.items():
            self.script("modbus_server.py", port, file).stdout.readline()

    def told(self):
        connections, plant = [], []
        for file, port in self.ports.items():
            name = rig.device(file)
            connections.append(
                f'[connections.{name}]\nprotocol = "modbus"\naddress = "127.0.0.1:{port}"\npoll_interval_ms = {STEP_MS["modbus"]}\n'
                "zero_based = true\nmax_block = 125\n"
            )
            addresses = [(rig.slug(s), f"holding:{4 * i}:f64") for i, s in enumerate(rig.SIGNALS)]
            text = asset(name, name, addresses)
            text += f'[[asset.signal]]\nname = "row"\nkind = "counter"\nconnection = "{name}"\naddress = "holding:32:u32"\n'
            plant.append(text)
        return "\n".join(connections), "\n".join(plant)

    def go(self):
        pass


DOORS = {"sparkplug": Sparkplug, "opcua": OpcUa, "modbus": Modbus}


def wait_for_rows(gemba, door, files):
    """Until every row is stored, or nothing new has come for a while."""
    want = sum(len(rig.unique_rows(f)) if door != "modbus" else sum(1 for _ in rig.rows(f)) for f in files)
    if door == "modbus":
        query = "SELECT sum(m) FROM (SELECT max(value) m FROM samples WHERE signal LIKE '%/row' GROUP BY signal)"
    else:
        query = f"SELECT count(*) FROM samples WHERE quality = 'good' AND signal LIKE 'skab/rig/%/{rig.slug(rig.SIGNALS[0])}'"
    have, still = -1, 0
    while have < want and still < 60:
        time.sleep(0.5)
        now = gemba.sql(query)[0][0] or 0
        still = 0 if now > have else still + 1
        have = now
    return have, want


def stored(gemba, door, name, signal):
    text = f"SELECT time, value FROM samples WHERE signal = 'skab/rig/{name}/{signal}' AND quality = 'good' ORDER BY time"
    return [value for _, value in gemba.sql(text)]


def compare(gemba, door, file):
    """Samples in the file, and those found again bit for bit."""
    name = rig.device(file)
    recording = [v for _, v, _ in (rig.unique_rows(file) if door != "modbus" else rig.rows(file))]
    if door == "modbus":
        return compare_polls(gemba, name, recording)
    same = 0
    for index, signal in enumerate(rig.SIGNALS):
        want = [values[index] for values in recording]
        have = stored(gemba, door, name, rig.slug(signal))
        same += len(want) if rig.checksum(want) == rig.checksum(have) else 0
    return len(recording) * len(rig.SIGNALS), same


def compare_polls(gemba, name, recording):
    """Polls by the number of their row: the row that a poll says it is must carry that row's values."""
    text = f"SELECT time, signal, value FROM samples WHERE asset = 'skab/rig/{name}' AND quality = 'good' ORDER BY time"
    polls = {}
    for at, signal, value in gemba.sql(text, 1_000_000):
        polls.setdefault(at, {})[signal.rsplit("/", 1)[1]] = value
    found = {}
    for poll in polls.values():
        if poll.get("row"):
            found[int(poll["row"])] = [poll.get(rig.slug(s)) for s in rig.SIGNALS]
    same = sum(1 for number, values in enumerate(recording, 1) if found.get(number) == values)
    return len(recording) * len(rig.SIGNALS), same * len(rig.SIGNALS)


def micros(text):
    """A time of the API as microseconds since the epoch."""
    whole, _, part = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp())
    return seconds * 1_000_000 + int(part.ljust(6, "0")[:6] or 0)


def row_times(gemba, door, file):
    """(time in µs, anomaly) of each row as Gemba saw it."""
    if door != "modbus":
        return [(at * 1000, anomaly) for at, _, anomaly in rig.unique_rows(file)]
    labels = [anomaly for _, _, anomaly in rig.rows(file)]
    text = f"SELECT min(time), value FROM samples WHERE signal = 'skab/rig/{rig.device(file)}/row' GROUP BY value ORDER BY value"
    return [(micros(at), labels[int(number) - 1]) for at, number in gemba.sql(text) if number and int(number) <= len(labels)]


def judge(gemba, door, file):
    """Whether an alarm began in the faulty part, and how many began before it."""
    path = f"skab/rig/{rig.device(file)}"
    found = gemba.sql(f"SELECT since, until, title FROM findings WHERE asset = '{path}' ORDER BY since")
    found = [(micros(since), micros(until), title) for since, until, title in found]
    alarms = gemba.sql(f"SELECT count(*) FROM alarms WHERE asset = '{path}'")[0][0]
    times = row_times(gemba, door, file)
    first = next((at for at, anomaly in times if anomaly), None)
    last = max((at for at, anomaly in times if anomaly), default=None)
    hits = [f for f in found if first is not None and f[1] >= first and f[0] <= last]
    early = [f for f in found if first is not None and f[1] < first]
    return {"alarms": alarms, "caught": bool(hits) and alarms > 0, "before": len(early), "says": hits[0][2] if hits else ""}


def run_door(arguments, name, files):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"gemba-skab-{name}-"))
    door = DOORS[name](files, arguments.pace, arguments.python)
    gemba = None
    try:
        door.before(folder)
        connections, plant = door.told()
        port = free_port()
        gemba = Gemba(arguments.gemba, folder, config(port, STEP_MS[name], arguments.false_alarms_per_month, connections), plant)
        gemba.wait_ready(f"http://127.0.0.1:{port}")
        begun = time.monotonic()
        door.go()
        have, want = wait_for_rows(gemba, name, files)
        took = time.monotonic() - begun
        time.sleep(3)
        results = []
        for file in files:
            samples, same = compare(gemba, name, file)
            results.append({"file": rig.device(file), "samples": samples, "found_again": same, **judge(gemba, name, file)})
        if arguments.hold:
            print(f"held: http://127.0.0.1:{port} in {folder}; press Enter", flush=True)
            sys.stdin.readline()
        return {"door": name, "rows": want, "rows_stored": have, "seconds": round(took, 1), "files": results}
    finally:
        if gemba:
            gemba.stop()
        door.close()


def report(outcomes):
    for outcome in outcomes:
        files = outcome["files"]
        samples, same = sum(f["samples"] for f in files), sum(f["found_again"] for f in files)
        caught, before = sum(f["caught"] for f in files), sum(f["before"] for f in files)
        print(f"{outcome['door']}: {len(files)} recordings, {samples} samples, {same} found again bit for bit; "
              f"{caught} alarmed in the faulty part, {before} findings before it; {outcome['seconds']} s")
        for f in files:
            print(f"   {f['file']:12} {f['found_again']}/{f['samples']} {'alarm' if f['caught'] else '-    '} before={f['before']} {f['says']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gemba", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--doors", default="sparkplug,opcua,modbus")
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--pace", type=float, default=50.0)
    parser.add_argument("--false-alarms-per-month", type=float, default=1.0, help="the budget of each asset; as shipped when left out")
    parser.add_argument("--python", default=os.environ.get("GEMBA_PEERS_PYTHON", sys.executable))
    parser.add_argument("--hold", action="store_true", help="keep the first door's Gemba running until Enter")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    files = rig.files(arguments.data)
    if not files:
        sys.exit(f"no labelled SKAB recordings below {arguments.data}; unpack the set skab there")
    if arguments.files:
        files = files[:: max(1, len(files) // arguments.files)][: arguments.files]
    outcomes = [run_door(arguments, name, files) for name in arguments.doors.split(",")]
    if arguments.json:
        print(json.dumps(outcomes, indent=1))
    else:
        report(outcomes)
    whole = all(f["found_again"] == f["samples"] for o in outcomes for f in o["files"])
    caught = all(2 * sum(f["caught"] for f in o["files"]) >= len(o["files"]) for o in outcomes)
    sys.exit(0 if whole and caught else 1)


main()
