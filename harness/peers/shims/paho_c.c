/* A shim for Paho C 1.3 (Debian: libpaho-mqtt-dev), as harness/subject/PROTOCOL.md has it.
 *
 * It plays MQTTAsync, which connects again by itself, calls back from a thread of its own, and has no call for a PINGREQ and
 * none that drops a connection. Each call tells its outcome by a callback, and the answer is written there. */
#include "shim.h"
#include <MQTTAsync.h>

typedef struct { int id, n; } call; /* n filters */

static MQTTAsync client;
static char *client_id;
static int seq;

static void failure(void *context, MQTTAsync_failureData *f) {
	call *c = context;
	const char *why = f && f->message ? f->message : MQTTAsync_strerror(f ? f->code : -1);
	fails(c->id, f && f->code > 0 ? "refused" : f && f->code == MQTTASYNC_DISCONNECTED ? "closed" : "network", why ? why : "failed");
}

static void connected(void *context, MQTTAsync_successData *d) {
	SAY("{\"id\":%d,\"session_present\":%s}\n", ((call *)context)->id, d->alt.connect.sessionPresent ? "true" : "false");
}

static void subscribed(void *context, MQTTAsync_successData *d) {
	call *c = context;
	flockfile(stdout);
	printf("{\"id\":%d,\"granted\":[", c->id);
	for (int i = 0; i < c->n; i++) printf("%s%d", i ? "," : "", c->n == 1 ? d->alt.qos : d->alt.qosList[i]);
	SAY("]}\n");
	funlockfile(stdout);
}

static void done(void *context, MQTTAsync_successData *d) { SAY("{\"id\":%d}\n", ((call *)context)->id); }
static void lost(void *context, char *cause) { SAY("{\"event\":\"lost\",\"error\":null}\n"); }

static int arrived(void *context, char *topic, int len, MQTTAsync_message *m) {
	seq++;
	flockfile(stdout);
	printf("{\"event\":\"message\",\"seq\":%d,\"topic\":", seq);
	put(topic, len ? len : (int)strlen(topic));
	printf(",\"payload\":");
	put(m->payload, m->payloadlen);
	SAY(",\"qos\":%d,\"retain\":%s,\"dup\":%s}\n", m->qos, m->retained ? "true" : "false", m->dup ? "true" : "false");
	funlockfile(stdout);
	inside_callback();
	MQTTAsync_freeMessage(&m);
	MQTTAsync_free(topic);
	return 1;
}

static int dial(char *line, call *c) {
	bytes id = field(line, "client_id"), host = field(line, "host"), password = field(line, "password");
	if (client && strcmp(id.data, client_id)) MQTTAsync_destroy(&client);
	if (!client) {
		char uri[300];
		snprintf(uri, sizeof uri, "tcp://%s:%d", host.data, number(line, "port"));
		MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer;
		o.sendWhileDisconnected = 1;
		int rc = MQTTAsync_createWithOptions(&client, uri, client_id = id.data, MQTTCLIENT_PERSISTENCE_NONE, NULL, &o);
		if (rc) return rc;
		MQTTAsync_setCallbacks(client, NULL, lost, arrived, NULL);
	}
	MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
	MQTTAsync_willOptions w = MQTTAsync_willOptions_initializer;
	char *will = find(line, "will");
	if (*will == '{') {
		bytes payload = field(will, "payload");
		w.topicName = field(will, "topic").data;
		w.payload.len = payload.len;
		w.payload.data = payload.data;
		w.qos = number(will, "qos");
		w.retained = number(will, "retain");
		o.will = &w;
	}
	o.MQTTVersion = MQTTVERSION_3_1_1;
	o.cleansession = number(line, "clean_session");
	o.keepAliveInterval = number(line, "keep_alive");
	o.username = field(line, "username").data;
	o.binarypwd.len = password.len;
	o.binarypwd.data = password.data;
	o.automaticReconnect = 1;
	o.onSuccess = connected;
	o.onFailure = failure;
	o.context = c;
	return MQTTAsync_connect(client, &o);
}

void make(char *line) {
	call *c = calloc(1, sizeof *c);
	c->id = number(line, "id");
	bytes op = field(line, "op"), topic = field(line, "topic"), payload = field(line, "payload");
	MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
	o.onSuccess = done;
	o.onFailure = failure;
	o.context = c;
	char *names[MOST];
	int rc, qos[MOST], subscribe = !strcmp(op.data, "subscribe"), unsubscribe = !strcmp(op.data, "unsubscribe");
	if (topic.data && (int)strlen(topic.data) != topic.len) { fails(c->id, "invalid", "a C string holds no U+0000"); return; }
	if (subscribe || unsubscribe) {
		c->n = filters(line, names, qos);
		if (c->n < 0) { fails(c->id, "invalid", "a C string holds no U+0000"); return; }
		if (subscribe) o.onSuccess = subscribed;
	}
	if (!strstr(" connect publish subscribe unsubscribe disconnect ", op.data)) { fails(c->id, "unsupported", "Paho C has no such call"); return; }
	if (!strcmp(op.data, "connect")) rc = dial(line, c);
	else if (!client) rc = MQTTASYNC_DISCONNECTED;
	else if (subscribe) rc = MQTTAsync_subscribeMany(client, c->n, names, qos, &o);
	else if (unsubscribe) rc = MQTTAsync_unsubscribeMany(client, c->n, names, &o);
	else if (!strcmp(op.data, "publish")) {
		rc = MQTTAsync_send(client, topic.data, payload.len, payload.data, number(line, "qos"), number(line, "retain"), &o);
		if (!rc) SAY("{\"id\":%d,\"pending\":true}\n", c->id);
	} else {
		MQTTAsync_disconnectOptions d = MQTTAsync_disconnectOptions_initializer;
		d.onSuccess = done;
		d.onFailure = failure;
		d.context = c;
		rc = MQTTAsync_disconnect(client, &d);
	}
	if (rc) fails(c->id, rc == MQTTASYNC_DISCONNECTED ? "closed" : rc == MQTTASYNC_BAD_UTF8_STRING || rc == MQTTASYNC_BAD_QOS ? "invalid" :
		rc == MQTTASYNC_MAX_BUFFERED_MESSAGES || rc == MQTTASYNC_NO_MORE_MSGIDS ? "inflight" : "other", MQTTAsync_strerror(rc) ? MQTTAsync_strerror(rc) : "failed");
}

int main(void) {
	MQTTAsync_nameValue *v = MQTTAsync_getVersionInfo();
	while (v->name && strcmp(v->name, "Version")) v++;
	SAY("{\"hello\":1,\"name\":\"Paho-C\",\"version\":\"%s\",\"features\":[\"qos1\",\"qos2\",\"persistent-session\",\"auto-reconnect\",\"keep-alive\","
		"\"will\",\"credentials\",\"unsubscribe\",\"nested-publish\",\"pipelining\",\"sets-client-id\",\"sets-keep-alive\",\"many-filters\","
		"\"unasked-messages\",\"several-in-flight\",\"large-packets\",\"sends-disconnect\",\"reports-outcome\",\"tells-session-present\","
		"\"tells-granted\"]}\n", v->value ? v->value : "");
	serve();
}
