#!/usr/bin/python3
"""A shim for python-paho 1.6 (Debian: python3-paho-mqtt), as harness/subject/PROTOCOL.md has it.

paho connects again by itself, runs callbacks in a thread of its own, and has no call for a PINGREQ.
"""
import json, os, queue, sys, threading
import paho.mqtt.client as mqtt

FEATURES = """qos1 qos2 persistent-session auto-reconnect keep-alive will credentials unsubscribe nested-publish pipelining
    sets-client-id sets-keep-alive many-filters unasked-messages several-in-flight large-packets sends-disconnect
    reports-outcome tells-session-present tells-granted""".split()
out = threading.RLock()
state = {"client": None, "options": None, "seq": 0}
callbacks, publishes, early, answers = {}, {}, set(), {}  # by seq, by mid, mids, by mid (0: connect, -1: disconnect)

def say(**line):
    with out:
        print(json.dumps(line), flush=True)

def error(kind, text):
    return {"kind": kind, "text": text}

def data(s):
    return s.encode("latin-1")

def text(s):
    return data(s).decode("utf-8")  # paho takes topics as text

def on_connect(client, _, flags, code):
    answers.setdefault(0, queue.Queue()).put((flags, code))

def on_message(client, _, m):
    with out:
        state["seq"] += 1
        seq, requests = state["seq"], queue.Queue()
        callbacks[seq] = requests
        say(event="message", seq=seq, topic=m._topic.decode("latin-1"), payload=m.payload.decode("latin-1"), qos=m.qos, retain=bool(m.retain), dup=bool(m.dup))
    for r in iter(requests.get, None):
        do(r)

def on_publish(client, _, mid):
    with out:
        say(id=publishes.pop(mid)) if mid in publishes else early.add(mid)

def make(r):
    c = mqtt.Client(text(r["client_id"]), r["clean_session"])
    c.on_connect, c.on_message, c.on_publish = on_connect, on_message, on_publish
    c.on_subscribe = lambda client, _, mid, granted: answers.setdefault(mid, queue.Queue()).put(granted)
    c.on_unsubscribe = lambda client, _, mid: answers.setdefault(mid, queue.Queue()).put(None)
    if r["username"] is not None:
        c.username_pw_set(text(r["username"]), r["password"] and text(r["password"]))
    if r["will"]:
        w = r["will"]
        c.will_set(text(w["topic"]), data(w["payload"]), w["qos"], w["retain"])
    return c

def abort():
    c = state["client"]
    if c:
        c.loop_stop()
        if c.socket():
            c.socket().close()

def call(r, op):
    c = state["client"]
    if op == "connect":
        options = {k: r[k] for k in ("client_id", "clean_session", "keep_alive", "username", "password", "will")}
        if options != state["options"]:
            abort()
            state.update(client=make(r), options=options)
        c = state["client"]
        answers[0] = queue.Queue()
        c.connect(r["host"], r["port"], r["keep_alive"])
        c.loop_start()
        flags, code = answers[0].get()
        return {"session_present": bool(flags["session present"]), "error": error("refused", mqtt.connack_string(code)) if code else None}
    if op == "reset":
        abort()
        publishes.clear()
        state.update(client=None, options=None)
    elif op == "abort":
        abort()
    elif c is None:
        return {"error": error("closed", "there is no client")}
    elif op == "publish":
        with out:
            info = c.publish(text(r["topic"]), data(r["payload"]), r["qos"], r["retain"])
            if info.rc and not (info.rc == mqtt.MQTT_ERR_NO_CONN and r["qos"]):
                return {"error": error("closed" if info.rc == mqtt.MQTT_ERR_NO_CONN else "other", mqtt.error_string(info.rc))}
            if info.mid in early:
                early.remove(info.mid)
                return {}
            publishes[info.mid] = r["id"]
            return {"pending": True}
    elif op in ("subscribe", "unsubscribe"):
        filters = [(text(f["filter"]), f["qos"]) if op == "subscribe" else text(f) for f in r["filters"]]
        rc, mid = getattr(c, op)(filters)
        if rc:
            return {"error": error("closed", mqtt.error_string(rc))}
        granted = answers.setdefault(mid, queue.Queue()).get()
        return {"granted": granted and list(granted)}
    elif op == "disconnect":
        if c.disconnect():
            return {"error": error("closed", "not connected")}
        c.loop_stop()
    else:
        return {"error": error("unsupported", "paho has no call for " + op)}
    return {}

def do(r):
    try:
        answer = call(r, r["op"])
    except ValueError as e:
        answer = {"error": error("invalid", repr(e))}
    except OSError as e:
        answer = {"error": error("network", repr(e))}
    except Exception as e:
        answer = {"error": error("other", repr(e))}
    say(id=r["id"], **answer)

def work(requests):
    while True:
        do(requests.get())

say(hello=1, name="python-paho", version="1.6.1", features=FEATURES, reusable=True)
top = queue.Queue()
threading.Thread(target=work, args=(top,), daemon=True).start()
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "quit":
        break
    if request["op"] == "return":
        callbacks.pop(request["seq"]).put(None)
    else:
        (callbacks[request["in"]] if request["in"] else top).put(request)
os._exit(0)
