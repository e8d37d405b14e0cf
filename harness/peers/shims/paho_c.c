/* A shim for Paho C 1.3 (Debian: libpaho-mqtt-dev), as harness/subject/PROTOCOL.md has it.
 *
 * It plays MQTTAsync, which connects again by itself, calls back from a thread of its own, and has no call for a PINGREQ and
 * none that drops a connection. Each call tells its outcome by a callback, and the answer is written there. */
#define _GNU_SOURCE
#include <MQTTAsync.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { int len; char *data; } bytes;
typedef struct { int id, n; } call; /* n filters */

static MQTTAsync client;
static char *client_id;
static int seq;
static char *slots[2];  /* the line that the worker, and the one that the callback, is to take */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;

/* A quote within a JSON string stands behind a backslash, so that "key": is found where it is a key, and nowhere else. */
static char *find(const char *line, const char *key) {
	char pattern[32];
	sprintf(pattern, "\"%s\":", key);
	char *p = strstr(line, pattern);
	return p ? p + strlen(pattern) : "null";
}

static int number(const char *line, const char *key) {
	char *p = find(line, key);
	return *p == 't' ? 1 : atoi(p); /* true, false and null too */
}

static bytes string(char **at) { /* the string at *at, which moves behind it; data is NULL for null */
	char *p = *at, *end;
	bytes b = {0, NULL};
	if (*p++ != '"') return b;
	b.data = malloc(strlen(p) + 1);
	for (; *p != '"'; p++) {
		char c = *p;
		if (c == '\\') {
			const char *from = "nrtbf", *to = "\n\r\t\b\f", *e = strchr(from, *++p);
			c = e ? to[e - from] : *p;
			if (*p == 'u') {
				char hex[] = {p[1], p[2], p[3], p[4], 0};
				c = (char)strtol(hex, &end, 16);
				p += 4;
			}
		}
		b.data[b.len++] = c;
	}
	b.data[b.len] = 0;
	*at = p + 1;
	return b;
}

static bytes field(const char *line, const char *key) {
	char *p = find(line, key);
	return string(&p);
}

static void put(const char *s, int len) {
	putchar('"');
	for (int i = 0; i < len; i++) {
		unsigned char c = s[i];
		if (c < ' ' || c > '~' || c == '"' || c == '\\') printf("\\u%04x", c);
		else putchar(c);
	}
	putchar('"');
}

#define SAY(...) (flockfile(stdout), printf(__VA_ARGS__), fflush(stdout), funlockfile(stdout))

static void fails(int id, const char *kind, const char *text) {
	flockfile(stdout);
	printf("{\"id\":%d,\"error\":{\"kind\":\"%s\",\"text\":", id, kind);
	put(text, strlen(text));
	SAY("}}\n");
	funlockfile(stdout);
}

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

static void make(char *line);

static char *take(int slot) { /* waits for a line */
	pthread_mutex_lock(&lock);
	while (!slots[slot]) pthread_cond_wait(&turn, &lock);
	char *line = slots[slot];
	slots[slot] = NULL;
	pthread_cond_broadcast(&turn);
	pthread_mutex_unlock(&lock);
	return line;
}

static int arrived(void *context, char *topic, int len, MQTTAsync_message *m) {
	int inside = 1;
	seq++;
	flockfile(stdout);
	printf("{\"event\":\"message\",\"seq\":%d,\"topic\":", seq);
	put(topic, len ? len : (int)strlen(topic));
	printf(",\"payload\":");
	put(m->payload, m->payloadlen);
	SAY(",\"qos\":%d,\"retain\":%s,\"dup\":%s}\n", m->qos, m->retained ? "true" : "false", m->dup ? "true" : "false");
	funlockfile(stdout);
	while (inside) {
		char *line = take(1);
		if (strncmp(find(line, "op"), "\"return\"", 8)) make(line);
		else inside = 0;
		free(line);
	}
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

static void make(char *line) { /* the call that a request asks for */
	call *c = calloc(1, sizeof *c);
	c->id = number(line, "id");
	bytes op = field(line, "op"), topic = field(line, "topic"), payload = field(line, "payload");
	MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
	o.onSuccess = done;
	o.onFailure = failure;
	o.context = c;
	char *names[64];
	int rc, qos[64], subscribe = !strcmp(op.data, "subscribe"), unsubscribe = !strcmp(op.data, "unsubscribe");
	if (topic.data && (int)strlen(topic.data) != topic.len) { fails(c->id, "invalid", "a C string holds no U+0000"); return; }
	if (subscribe || unsubscribe) {
		char *at;
		for (char *p = find(line, "filters") + 1; c->n < 64 && *p != ']'; p += strspn(p, ",}")) {
			at = subscribe ? find(p, "filter") : p;
			bytes b = string(&at);
			if ((int)strlen(names[c->n] = b.data) != b.len) { fails(c->id, "invalid", "a C string holds no U+0000"); return; }
			qos[c->n++] = subscribe ? number(p, "qos") : 0;
			p = subscribe ? strchr(at, '}') : at;
		}
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

/* A call may wait for the callback to return, so that the thread which reads what the callback is to do makes none. */
static void *work(void *unused) {
	for (;;) {
		char *line = take(0);
		make(line);
		free(line);
	}
	return NULL;
}

int main(void) {
	pthread_t worker;
	char *line = NULL;
	size_t size = 0;
	MQTTAsync_nameValue *v = MQTTAsync_getVersionInfo();
	while (v->name && strcmp(v->name, "Version")) v++;
	SAY("{\"hello\":1,\"name\":\"Paho-C\",\"version\":\"%s\",\"features\":[\"qos1\",\"qos2\",\"persistent-session\",\"auto-reconnect\",\"keep-alive\","
		"\"will\",\"credentials\",\"unsubscribe\",\"nested-publish\",\"pipelining\",\"sets-client-id\",\"sets-keep-alive\",\"many-filters\","
		"\"unasked-messages\",\"several-in-flight\",\"large-packets\",\"sends-disconnect\",\"reports-outcome\",\"tells-session-present\","
		"\"tells-granted\"]}\n", v->value ? v->value : "");
	pthread_create(&worker, NULL, work, NULL);
	while (getline(&line, &size, stdin) > 0 && strncmp(find(line, "op"), "\"quit\"", 6)) {
		int slot = number(line, "in") || !strncmp(find(line, "op"), "\"return\"", 8);
		pthread_mutex_lock(&lock);
		while (slots[slot]) pthread_cond_wait(&turn, &lock);
		slots[slot] = strdup(line);
		pthread_cond_broadcast(&turn);
		pthread_mutex_unlock(&lock);
	}
	_exit(0);
}
