/* What shims in C have in common: lines of JSON, and the threads that take them, as harness/subject/PROTOCOL.md has it.
 *
 * The main thread reads the requests. A worker makes the calls, and the client's own thread those inside its callback. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { int len; char *data; } bytes;

/* make makes the call that a request asks for, and has it answered. Each shim has its own. */
void make(char *line);

static char *slots[2]; /* the line that the worker, and the one that the callback, is to take */
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

enum { MOST = 1024 }; /* filters of a request */

/* filters returns how many filters a request has, and what they are: 0 if it is of another kind, -1 where a C string does not hold one. */
static int filters(const char *line, char *names[MOST], int qos[MOST]) {
	int n = 0;
	char *at, *list = find(line, "filters");
	if (*list != '[') return 0;
	for (char *p = list + 1; n < MOST && *p != ']'; p += strspn(p, ",}")) {
		int object = *p == '{';
		at = object ? find(p, "filter") : p;
		bytes b = string(&at);
		if ((int)strlen(names[n] = b.data) != b.len) return -1;
		qos[n++] = object ? number(p, "qos") : 0;
		p = object ? strchr(at, '}') : at;
	}
	return n;
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

static char *take(int slot) { /* waits for a line */
	pthread_mutex_lock(&lock);
	while (!slots[slot]) pthread_cond_wait(&turn, &lock);
	char *line = slots[slot];
	slots[slot] = NULL;
	pthread_cond_broadcast(&turn);
	pthread_mutex_unlock(&lock);
	return line;
}

/* inside_callback makes the calls that are asked for until the callback may return. */
static void inside_callback(void) {
	for (int inside = 1; inside;) {
		char *line = take(1);
		if (strncmp(find(line, "op"), "\"return\"", 8)) make(line);
		else inside = 0;
		free(line);
	}
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

/* serve reads requests until it is told to quit, and ends the process. */
static void serve(void) {
	pthread_t worker;
	char *line = NULL;
	size_t size = 0;
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
