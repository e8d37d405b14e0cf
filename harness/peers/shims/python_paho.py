#!/usr/bin/python3
"""A shim for python-paho 1.6 (Debian: python3-paho-mqtt), as harness/subject/PROTOCOL.md has it.

paho connects again by itself, runs callbacks in a thread of its own, and has no call for a PINGREQ.
"""
import contextlib, json, os, queue, socket, sys, threading
from collections import defaultdict
import paho.mqtt.client as mqtt

FEATURES = """qos1 qos2 persistent-session auto-reconnect keep-alive will credentials unsubscribe nested-publish pipelining
    sets-client-id sets-keep-alive many-filters unasked-messages several-in-flight large-packets sends-disconnect
    reports-outcome tells-session-present tells-granted concurrent-calls tls websocket""".split()
lock = threading.RLock()
client = options = None
seq, callbacks = 0, {}
answers = defaultdict(queue.Queue)  # what paho's callbacks tell, by packet identifier; a connect's is None
publishes = {}                      # ids of requests, by packet identifier

def say(**line):
    with lock:
        print(json.dumps(line), flush=True)

def fails(kind, text):
    return {"error": {"kind": kind, "text": text}}

def data(s):
    return s.encode("latin-1")

def text(s):
    return data(s).decode("utf-8")  # paho takes topics as text

def on_message(c, _, m):
    global seq
    requests = queue.Queue()
    with lock:
        seq += 1
        callbacks[seq] = requests
        say(event="message", seq=seq, topic=m._topic.decode("latin-1"), payload=m.payload.decode("latin-1"),
            qos=m.qos, retain=bool(m.retain), dup=bool(m.dup))
    for r in iter(requests.get, None):  # None: the callback may return
        do(r)

def on_publish(c, _, mid):
    with lock:
        if mid in publishes:
            say(id=publishes.pop(mid))

def make(r):
    websocket = r["transport"] == "websocket"
    c = mqtt.Client(text(r["client_id"]), r["clean_session"], transport="websockets" if websocket else "tcp")
    if websocket:
        c.ws_set_options(path=r["path"])
    if r["tls"]:
        c.tls_set(r["tls"]["ca_file"])
    c.on_message, c.on_publish = on_message, on_publish
    c.on_connect = lambda c, _, flags, code: answers[None].put((flags, code))
    c.on_subscribe = lambda c, _, mid, granted: answers[mid].put(list(granted))
    c.on_unsubscribe = lambda c, _, mid: answers[mid].put(None)
    if r["username"] is not None:
        c.username_pw_set(text(r["username"]), r["password"] and text(r["password"]))
    if r["will"]:
        c.will_set(text(r["will"]["topic"]), data(r["will"]["payload"]), r["will"]["qos"], r["will"]["retain"])
    return c

def cut(sock):
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)

def abort():
    sock = client and client.socket()
    if sock:  # it ends paho's thread, which else waits up to a second, but only once that knows
        threading.Timer(0.02, cut, (sock,)).start()
    if client:
        client.loop_stop()
    if sock:
        sock.close()

def call(r, op):
    global client, options
    if op == "connect":
        wanted = {k: v for k, v in r.items() if k not in ("id", "thread")}
        if wanted != options:
            abort()
            client, options = make(r), wanted
        if None in answers:  # of a connect in another thread, whose place this one takes
            answers.pop(None).put(None)
        mine = answers[None]
        client.connect(r["host"], r["port"], r["keep_alive"])
        client.loop_start()
        answer = mine.get()
        if answer is None:
            return fails("closed", "another thread has connected")
        flags, code = answer
        return {"session_present": bool(flags["session present"]), **(fails("refused", mqtt.connack_string(code)) if code else {})}
    if op in ("abort", "reset"):
        abort()
        if op == "reset":
            client = options = None
            publishes.clear()
            answers.clear()  # what nobody waited for, such as a second SUBACK
    elif op not in ("publish", "subscribe", "unsubscribe", "disconnect"):
        return fails("unsupported", "paho has no call for " + op)
    elif client is None:
        return fails("closed", "there is no client")
    elif op == "publish":
        with lock:
            info = client.publish(text(r["topic"]), data(r["payload"]), r["qos"], r["retain"])
            if info.rc == mqtt.MQTT_ERR_SUCCESS or info.rc == mqtt.MQTT_ERR_NO_CONN and r["qos"]:  # it is kept
                publishes[info.mid] = r["id"]
                if not r["qos"] and info.is_published():
                    on_publish(client, None, info.mid)
                return {"pending": True}
        return fails("closed", mqtt.error_string(info.rc))
    elif op == "disconnect":
        if client.disconnect():
            return fails("closed", "not connected")
        client.loop_stop()
    else:
        filters = [(text(f["filter"]), f["qos"]) if op == "subscribe" else text(f) for f in r["filters"]]
        rc, mid = getattr(client, op)(filters)
        if rc:
            return fails("closed", mqtt.error_string(rc))
        return {"granted": answers[mid].get()}
    return {}

def do(r):
    try:
        answer = call(r, r["op"])
    except Exception as e:
        kind = "invalid" if isinstance(e, ValueError) else "network" if isinstance(e, OSError) else "other"
        answer = fails(kind, repr(e))
    say(id=r["id"], **answer)

def work(requests):
    while True:
        do(requests.get())

say(hello=1, name="python-paho", version="1.6.1", features=FEATURES, reusable=True)
class Threads(dict):  # queues of requests outside of callbacks, by thread
    def __missing__(self, name):
        q = self[name] = queue.Queue()
        threading.Thread(target=work, args=(q,), daemon=True).start()
        return q

threads = Threads()
for request in map(json.loads, sys.stdin):
    if request["op"] == "quit":
        break
    if request["op"] == "return":
        callbacks.pop(request["seq"]).put(None)
    else:
        (callbacks[request["in"]] if request["in"] else threads[request.get("thread", "")]).put(request)
os._exit(0)
