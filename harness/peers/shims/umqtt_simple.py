"""A shim for umqtt.simple on MicroPython, as harness/subject/PROTOCOL.md has it.

The client has one thread and reads only while one of its calls runs: hence idle. It subscribes to one filter a call,
and has no unsubscribe.
"""
import json, select, sys
from umqtt.simple import MQTTClient, MQTTException

FEATURES = """qos1 persistent-session manual-reconnect explicit-ping will credentials nested-publish nested-subscribe
    sets-client-id sets-keep-alive unasked-messages reentrant-callback disconnect-in-callback sends-disconnect reports-outcome
    tells-session-present""".split()
client = None
seq = 0

def say(line):
    print(json.dumps(line))
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()

def data(s):
    return bytes([ord(c) for c in s])

def chars(b):
    return "".join([chr(c) for c in b])

def hear():
    line = sys.stdin.readline()
    request = json.loads(line) if line else {"op": "quit"}
    if request["op"] == "quit":
        sys.exit(0)
    return request

def on_message(topic, payload):
    global seq
    seq += 1
    say({"event": "message", "seq": seq, "topic": chars(topic), "payload": chars(payload), "qos": None, "retain": None, "dup": None})
    while True:
        r = hear()
        if r["op"] == "return":
            return
        do(r)

def connect(r):
    global client
    user, password = [r[k] if r[k] is None else data(r[k]) for k in ("username", "password")]
    if client is None or client.client_id != data(r["client_id"]):
        client = MQTTClient(data(r["client_id"]), r["host"], r["port"], user, password, r["keep_alive"])
        client.set_callback(on_message)
    w = r["will"]
    if w:
        client.set_last_will(data(w["topic"]), data(w["payload"]), w["retain"], w["qos"])
    return {"session_present": bool(client.connect(r["clean_session"]))}

def serve(ms):
    poll = select.poll()
    poll.register(client.sock, select.POLLIN)
    if poll.poll(ms):
        client.check_msg()

def call(r, op):
    if op == "connect":
        return connect(r)
    if op not in ("publish", "subscribe", "ping", "disconnect", "abort", "idle"):
        return {"error": {"kind": "unsupported", "text": "umqtt.simple has no call for " + op}}
    if client is None:
        return {"error": {"kind": "closed", "text": "there is no client"}}
    if op == "publish":
        client.publish(data(r["topic"]), data(r["payload"]), r["retain"], r["qos"])
    elif op == "subscribe":
        for f in r["filters"]:
            client.subscribe(data(f["filter"]), f["qos"])
    elif op == "ping":
        client.ping()
    elif op == "disconnect":
        client.disconnect()
    elif op == "abort":
        client.sock.close()
    else:
        serve(r["for"])
    return {}

def do(r):
    try:
        answer = call(r, r["op"])
    except Exception as e:
        kind = "refused" if isinstance(e, MQTTException) else "network" if isinstance(e, OSError) else "other"
        answer = {"error": {"kind": kind, "text": repr(e)}}
    answer["id"] = r["id"]
    say(answer)

say({"hello": 1, "name": "umqtt.simple", "features": FEATURES, "idle": True})
while True:
    do(hear())
