/* A shim for libmosquitto 2.0 (Debian: libmosquitto-dev), as harness/subject/PROTOCOL.md has it.
 *
 * A thread runs mosquitto_loop_forever, which connects again by itself and calls back. The library has no call for a PINGREQ, and takes
 * one QoS for all filters of a SUBSCRIBE. A call that sends a packet learns its identifier, and a callback tells the outcome. */
#include "shim.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <stdbool.h>
#include <sys/select.h>
#include <sys/socket.h>

static struct mosquitto *client;
static char *client_id;
static bool clean;
static int seq;
static struct { int id; char op; } calls[65536]; /* not answered yet, by packet identifier; op is the first letter */
static int leaving;                              /* the id of a disconnect that is not answered yet */
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER; /* of calls and leaving */

static pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER; /* of those below */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool running;      /* the thread of the library */
static bool dropped;      /* it is told to end */
static int outcome;       /* of the connect: -1, or the return code */
static bool present;      /* the session */

/* pselect stands before that of the C library. Where the keep alive is 0, libmosquitto asks again and again without waiting, and takes a
 * whole processor: here it waits for 20 ms. Before it connects again it waits for whole seconds: here for 50 ms. */
int pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *timeout, const sigset_t *mask) {
	static int (*next)(int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *);
	struct timespec least = {0, 20 * 1000 * 1000}, most = {0, 50 * 1000 * 1000};
	if (!next) next = dlsym(RTLD_NEXT, "pselect");
	if (timeout && timeout->tv_sec <= 0 && timeout->tv_nsec < least.tv_nsec) timeout = &least;
	else timeout = &most;
	return next(n, r, w, e, timeout, mask);
}

static const char *kind(int rc) {
	switch (rc) {
	case MOSQ_ERR_NO_CONN: case MOSQ_ERR_CONN_LOST: return "closed";
	case MOSQ_ERR_INVAL: case MOSQ_ERR_MALFORMED_UTF8: case MOSQ_ERR_PAYLOAD_SIZE: case MOSQ_ERR_NOT_SUPPORTED: return "invalid";
	case MOSQ_ERR_CONN_REFUSED: return "refused";
	case MOSQ_ERR_PROTOCOL: return "protocol";
	case MOSQ_ERR_ERRNO: case MOSQ_ERR_TLS: case MOSQ_ERR_EAI: return "network";
	}
	return "other";
}

static int taken(int *id) { /* the id, of which nothing is left */
	pthread_mutex_lock(&table);
	int was = *id;
	*id = 0;
	pthread_mutex_unlock(&table);
	return was;
}

static void connected(struct mosquitto *m, void *unused, int rc, int flags) {
	pthread_mutex_lock(&state);
	if (rc && outcome < 0) mosquitto_disconnect(m); /* it would go on trying, and the connect fails */
	outcome = rc;
	present = flags & 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&state);
}

static void disconnected(struct mosquitto *m, void *unused, int rc) {
	int id = taken(&leaving);
	for (int mid = 1; mid < 65536; mid++) /* the library does not send those again */
		if (calls[mid].op == 's' || calls[mid].op == 'u') {
			int lost = taken(&calls[mid].id);
			if (lost) fails(lost, "closed", "the connection is lost");
		}
	if (id) SAY("{\"id\":%d}\n", id);
	else SAY("{\"event\":\"lost\",\"error\":{\"kind\":\"network\",\"text\":\"%s\"}}\n", mosquitto_strerror(rc));
}

static void done(struct mosquitto *m, void *unused, int mid) {
	int id = taken(&calls[mid].id);
	if (id) SAY("{\"id\":%d}\n", id);
}

static void subscribed(struct mosquitto *m, void *unused, int mid, int n, const int *granted) {
	int id = taken(&calls[mid].id);
	if (!id) return;
	flockfile(stdout);
	printf("{\"id\":%d,\"granted\":[", id);
	for (int i = 0; i < n; i++) printf("%s%d", i ? "," : "", granted[i]);
	SAY("]}\n");
	funlockfile(stdout);
}

static void arrived(struct mosquitto *c, void *unused, const struct mosquitto_message *m) {
	seq++;
	flockfile(stdout);
	printf("{\"event\":\"message\",\"seq\":%d,\"topic\":", seq);
	put(m->topic, (int)strlen(m->topic));
	printf(",\"payload\":");
	put(m->payload, m->payloadlen);
	SAY(",\"qos\":%d,\"retain\":%s,\"dup\":null}\n", m->qos, m->retain ? "true" : "false");
	funlockfile(stdout);
	inside_callback();
}

static void *run(void *unused) {
	while (mosquitto_loop_forever(client, -1, 1) && !dropped) { /* it gives up at an error of TLS or of the protocol */
		usleep(50000);
		mosquitto_reconnect(client);
	}
	pthread_mutex_lock(&state);
	running = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&state);
	return NULL;
}

static void leave(void) { /* drops the connection, and has the thread end */
	int socket = mosquitto_socket(client);
	if (socket >= 0) shutdown(socket, SHUT_RDWR);
	pthread_mutex_lock(&state);
	dropped = true;
	while (running) {
		pthread_mutex_unlock(&state);
		mosquitto_disconnect(client); /* the thread may be about to connect again, and then needs to be told once more */
		usleep(5000);
		pthread_mutex_lock(&state);
	}
	pthread_mutex_unlock(&state);
}

static int dial(char *line, int id) {
	bytes name = field(line, "client_id"), host = field(line, "host");
	if (client) leave();
	if (client && (strcmp(name.data, client_id) || clean != number(line, "clean_session"))) {
		mosquitto_destroy(client);
		client = NULL;
	}
	if (!client) {
		clean = number(line, "clean_session");
		client = mosquitto_new(name.len ? name.data : NULL, clean, NULL);
		client_id = name.data;
		if (!client) {
			open("/dev/null", O_RDONLY); /* the library has closed file descriptor 0 */
			return MOSQ_ERR_INVAL;
		}
		mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
		mosquitto_threaded_set(client, true);
		mosquitto_connect_with_flags_callback_set(client, connected);
		mosquitto_disconnect_callback_set(client, disconnected);
		mosquitto_publish_callback_set(client, done);
		mosquitto_subscribe_callback_set(client, subscribed);
		mosquitto_unsubscribe_callback_set(client, done);
		mosquitto_message_callback_set(client, arrived);
		char *tls = find(line, "tls");
		if (*tls == '{') {
			int rc = mosquitto_tls_set(client, field(tls, "ca_file").data, NULL, NULL, NULL, NULL);
			if (rc) return rc;
		}
	}
	char *will = find(line, "will");
	mosquitto_will_clear(client);
	if (*will == '{') {
		bytes payload = field(will, "payload");
		int rc = mosquitto_will_set(client, field(will, "topic").data, payload.len, payload.data, number(will, "qos"), number(will, "retain"));
		if (rc) return rc;
	}
	int rc = mosquitto_username_pw_set(client, field(line, "username").data, field(line, "password").data);
	if (rc) return rc;
	outcome = -1;
	if ((rc = mosquitto_connect(client, host.data, number(line, "port"), number(line, "keep_alive")))) return rc;
	pthread_t thread;
	running = true;
	dropped = false;
	pthread_create(&thread, NULL, run, NULL);
	pthread_detach(thread);
	pthread_mutex_lock(&state);
	while (outcome < 0 && running) pthread_cond_wait(&changed, &state);
	int code = outcome;
	pthread_mutex_unlock(&state);
	if (code < 0) return MOSQ_ERR_CONN_LOST;
	usleep(5000); /* behind the callback the library notes that it is connected, and forgets a disconnect that has come before */
	if (code) fails(id, "refused", mosquitto_connack_string(code));
	else SAY("{\"id\":%d,\"session_present\":%s}\n", id, present ? "true" : "false");
	return 0;
}

/* holds reports whether all texts of a request are C strings. */
static bool holds(char *line) {
	const char *keys[] = {"client_id", "username", "topic"};
	for (int i = 0; i < 3; i++) {
		bytes b = field(line, keys[i]);
		if (b.data && (int)strlen(b.data) != b.len) return false;
	}
	return true;
}

void make(char *line) {
	char *names[MOST];
	int rc, mid = 0, qos[MOST], id = number(line, "id"), n = filters(line, names, qos);
	bytes op = field(line, "op"), topic = field(line, "topic"), payload = field(line, "payload");
	if (!strstr(" connect publish subscribe unsubscribe disconnect abort ", op.data)) { fails(id, "unsupported", "libmosquitto has no such call"); return; }
	bytes password = field(line, "password");
	if (password.data && (int)strlen(password.data) != password.len) { fails(id, "unsupported", "libmosquitto takes a password without U+0000"); return; }
	if (number(line, "keep_alive") > 0 && number(line, "keep_alive") < 5) { fails(id, "unsupported", "libmosquitto takes no keep alive below 5 s"); return; }
	if (n < 0 || !holds(line)) { fails(id, "invalid", "a C string holds no U+0000"); return; }
	for (int i = 1; i < n; i++)
		if (qos[i] != qos[0]) { fails(id, "unsupported", "libmosquitto asks for one QoS for all filters"); return; }
	if (!strcmp(op.data, "connect")) {
		if ((rc = dial(line, id))) fails(id, kind(rc), mosquitto_strerror(rc));
		return;
	}
	if (!client) { fails(id, "closed", "there is no client"); return; }
	if (!strcmp(op.data, "abort")) {
		leave();
		SAY("{\"id\":%d}\n", id);
		return;
	}
	if (!strcmp(op.data, "disconnect")) {
		pthread_mutex_lock(&table);
		leaving = id;
		pthread_mutex_unlock(&table);
		if ((rc = mosquitto_disconnect(client)) && taken(&leaving)) fails(id, kind(rc), mosquitto_strerror(rc));
		return;
	}
	pthread_mutex_lock(&table); /* the callback waits until the table has the identifier */
	if (*op.data == 's') rc = mosquitto_subscribe_multiple(client, &mid, n, names, n ? qos[0] : 0, 0, NULL);
	else if (*op.data == 'u') rc = mosquitto_unsubscribe_multiple(client, &mid, n, names, NULL);
	else rc = mosquitto_publish(client, &mid, topic.data, payload.len, payload.data, number(line, "qos"), number(line, "retain"));
	if (!rc) {
		calls[mid].id = id;
		calls[mid].op = *op.data;
	}
	if (!rc && *op.data == 'p') SAY("{\"id\":%d,\"pending\":true}\n", id);
	pthread_mutex_unlock(&table);
	if (rc) fails(id, kind(rc), mosquitto_strerror(rc));
}

int main(void) {
	int major, minor, revision;
	stdin = fdopen(dup(0), "r"); /* mosquitto_new closes 0 where it refuses the client identifier */
	mosquitto_lib_init();
	mosquitto_lib_version(&major, &minor, &revision);
	SAY("{\"hello\":1,\"name\":\"libmosquitto\",\"version\":\"%d.%d.%d\",\"features\":[\"qos1\",\"qos2\",\"persistent-session\",\"auto-reconnect\","
		"\"keep-alive\",\"will\",\"credentials\",\"unsubscribe\",\"nested-publish\",\"pipelining\",\"sets-client-id\",\"sets-keep-alive\","
		"\"many-filters\",\"unasked-messages\",\"several-in-flight\",\"large-packets\",\"sends-disconnect\",\"reports-outcome\","
		"\"tells-session-present\",\"tells-granted\",\"tls\"]}\n", major, minor, revision);
	serve();
}
