#!/usr/bin/env node
// A shim for MQTT.js 5 (npm: mqtt), as harness/subject/PROTOCOL.md has it.
//
// MQTT.js connects and subscribes again by itself. Its calls return before anything has happened and tell by a
// callback, so that a publish inside of a message's handler is pending. handleMessage holds the acknowledgement
// of a message back until the application has it.
'use strict'
const fs = require('fs')
const mqtt = require('mqtt')
const { version } = require('mqtt/package.json')

const features = `qos1 qos2 persistent-session auto-reconnect resubscribe keep-alive will credentials unsubscribe
  nested-publish nested-subscribe pipelining sets-client-id sets-keep-alive many-filters unasked-messages several-in-flight
  large-packets sends-disconnect disconnect-in-callback reports-outcome tells-session-present tells-granted
  concurrent-calls tls websocket`.split(/\s+/)

let client = null
let stores = {} // of sessions that are kept, by client identifier
let seq = 0
let broken = false // a connect has thrown: the client's timers go on, and the next scenario needs another process
const callbacks = new Map() // what lets a message's handler go, by seq

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const data = (s) => Buffer.from(s, 'latin1')
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const text = (s) => utf8.decode(data(s)) // MQTT.js takes topics as text
const latin = (b) => Buffer.from(b).toString('latin1')

function problem (err) {
  const kind = err.code > 0 ? 'refused' : err.syscall || /closed/.test(err.message) ? 'network'
    : /disconnecting|No connection/.test(err.message) ? 'closed' : /Invalid topic|encoded data/.test(err.message) ? 'invalid' : 'other'
  return { kind, text: String(err.message) }
}

function drop () {
  if (!client) return
  client.end(true)
  client.options.reconnectPeriod = 0 // or with manualConnect it connects once more where its socket closes later than end
}

function connect (r, answer) {
  drop()
  const id = text(r.client_id)
  if (r.clean_session || !stores[id]) {
    stores[id] = { incomingStore: new mqtt.Store({ clean: false }), outgoingStore: new mqtt.Store({ clean: false }) }
  }
  const c = client = mqtt.connect({
    protocol: { tcp: 'mqtt', tls: 'mqtts', websocket: 'ws' }[r.transport], path: r.path, ca: r.tls && fs.readFileSync(r.tls.ca_file),
    host: r.host, port: r.port, clientId: id, clean: r.clean_session, keepalive: r.keep_alive,
    username: r.username === null ? undefined : text(r.username), password: r.password === null ? undefined : data(r.password),
    will: r.will && { topic: text(r.will.topic), payload: data(r.will.payload), qos: r.will.qos, retain: r.will.retain },
    protocolVersion: 4, manualConnect: true, reconnectPeriod: 100, reconnectOnConnackError: true, ...stores[id]
  })
  c.handleMessage = (packet, done) => {
    say({ event: 'message', seq: ++seq, topic: latin(packet.topic), payload: latin(packet.payload), qos: packet.qos, retain: packet.retain, dup: packet.dup })
    callbacks.set(seq, done)
  }
  c.once('connect', (p) => { up = true; answer({ session_present: p.sessionPresent }) })
  let up = false
  c.on('error', (err) => {
    say({ event: 'note', text: String(err.message) })
    answer({ error: problem(err) })
    if (err.code > 0 && !up) c.end(true) // refused at first: the call has failed, and does not go on behind it
  })
  c.on('close', () => answer({ error: { kind: 'network', text: 'the connection closed' } }))
  c.connect() // a throw here leaves a client that drop ends
}

const calls = {
  connect,
  publish (r, answer) {
    let told = false
    client.publish(text(r.topic), data(r.payload), { qos: r.qos, retain: r.retain }, (err) => { told = true; answer(err ? { error: problem(err) } : {}) })
    if (!told) say({ id: r.id, pending: true })
  },
  subscribe (r, answer) {
    const filters = Object.fromEntries(r.filters.map((f) => [text(f.filter), { qos: f.qos }]))
    client.subscribe(filters, (err, _, packet) => answer(err ? { error: problem(err) } : { granted: packet ? packet.granted : null }))
  },
  unsubscribe (r, answer) {
    client.unsubscribe(r.filters.map(text), (err) => answer(err ? { error: problem(err) } : {}))
  },
  disconnect (r, answer) { client.end(() => answer({})) },
  abort (r, answer) { drop(); answer({}) },
  reset (r, answer) { if (broken) process.exit(0); drop(); client = null; stores = {}; callbacks.clear(); answer({}) }
}

function take (r) {
  if (r.op === 'quit') process.exit(0)
  if (r.op === 'return') { callbacks.get(r.seq)(); callbacks.delete(r.seq); return }
  let answered = false
  const answer = (a) => { if (!answered) { answered = true; say({ id: r.id, ...a }) } }
  if (!calls[r.op]) answer({ error: { kind: 'unsupported', text: 'MQTT.js has no call for ' + r.op } })
  else if (!client && r.op !== 'connect') answer(r.op === 'abort' || r.op === 'reset' ? {} : { error: { kind: 'closed', text: 'there is no client' } })
  else {
    try { calls[r.op](r, answer) } catch (err) { broken = broken || r.op === 'connect'; answer({ error: problem(err) }) }
  }
}

say({ hello: 1, name: 'MQTT.js', version, features, reusable: true })
require('readline').createInterface({ input: process.stdin }).on('line', (l) => take(JSON.parse(l))).on('close', () => process.exit(0))
