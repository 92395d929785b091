/*
 * A disk that fails: preloaded into a process, it counts what is done to the files below one folder, by all of its threads
 * and children together, and lets the n-th call of a kind fail, do half of its work, or be the last one. It can also write
 * down what was done, in order, with what went to standard output and to the network, so that the harness can tell what a
 * loss of power at any moment could have left.
 *
 *   CRASH_FOLDER   the folder, an absolute path; whatever is at it or below it is watched, and its own folder when it is synced
 *   CRASH_SHARED   a file of 4096 zero bytes: the counters, by the place of the kind in KINDS, and at the end whether the rule was met
 *   CRASH_RULE     kind:n:action or kind:n+:action (the n-th call and all that follow); kind "any" is any that changes something.
 *                  Actions: a name of an error; short (half is written, and that is said; once only); before, after (SIGKILL
 *                  before or after the call); torn (half is written, then SIGKILL)
 *   CRASH_LOG      the file for what was done: "kind path offset length\n" and the bytes
 *   CRASH_CLOCK    seconds by which the clock is wrong
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *const KINDS[] = {"any",   "create", "write",     "fsync",  "fdatasync", "rename", "unlink",
				    "mkdir", "flock",  "ftruncate", "read",   "open"};
enum kind { ANY, CREATE, WRITE, FSYNC, FDATASYNC, RENAME, UNLINK, MKDIR, FLOCK, FTRUNCATE, READ, OPEN, KIND_COUNT };

enum action { NOTHING, FAIL, SHORT, BEFORE, AFTER, TORN };

static struct {
	atomic_int count[KIND_COUNT];
	atomic_int met;
} *shared;

static const char *folder;
static size_t folder_length;
static int log_file = -1;
static enum kind rule_kind = KIND_COUNT;
static int rule_from, rule_to;
static enum action rule_action;
static int rule_error;
static long clock_error;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);
	if (!found)
		_exit(99);
	return found;
}

static void give_up(const char *what)
{
	dprintf(2, "disk.c: %s\n", what);
	_exit(99);
}

static void read_rule(const char *rule)
{
	static const struct { const char *name; int error; } ERRORS[] = {
	    {"EIO", EIO},	{"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}, {"EACCES", EACCES},
	    {"EINVAL", EINVAL}, {"ENOTSUP", ENOTSUP}, {"ENOLCK", ENOLCK}, {"EINTR", EINTR}};
	static const struct { const char *name; enum action action; } ACTIONS[] = {
	    {"short", SHORT}, {"before", BEFORE}, {"after", AFTER}, {"torn", TORN}};
	char kind[16], count[16], action[16];
	if (sscanf(rule, "%15[^:]:%15[^:]:%15s", kind, count, action) != 3)
		give_up("CRASH_RULE is no rule");
	for (int i = 0; i < KIND_COUNT; i++)
		if (!strcmp(kind, KINDS[i]))
			rule_kind = i;
	for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
		if (!strcmp(action, ERRORS[i].name)) {
			rule_action = FAIL;
			rule_error = ERRORS[i].error;
		}
	for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++)
		if (!strcmp(action, ACTIONS[i].name))
			rule_action = ACTIONS[i].action;
	if (rule_kind == KIND_COUNT || rule_action == NOTHING)
		give_up("CRASH_RULE has an unknown kind or action");
	rule_from = atoi(count);
	rule_to = strchr(count, '+') ? INT_MAX : rule_from;
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("CRASH_SHARED"), *rule = getenv("CRASH_RULE"), *log = getenv("CRASH_LOG");
	const char *watched = getenv("CRASH_FOLDER"), *clock = getenv("CRASH_CLOCK");
	if (!name || !watched)
		return;
	int file = REAL(open)(name, O_RDWR | O_CLOEXEC);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (file < 0 || shared == MAP_FAILED)
		give_up("CRASH_SHARED cannot be used");
	close(file);
	if (log && (log_file = REAL(open)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0)
		give_up("CRASH_LOG cannot be used");
	if (rule)
		read_rule(rule);
	if (clock)
		clock_error = atol(clock);
	folder_length = strlen(watched);
	folder = watched;
}

/* PHP has its extensions look for what they call in libc before they look here. */
void *dlopen(const char *file, int flags)
{
	return REAL(dlopen)(file, flags & ~RTLD_DEEPBIND);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = REAL(clock_gettime)(clock, time);
	if (clock == CLOCK_REALTIME)
		time->tv_sec += clock_error;
	return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	int result = REAL(gettimeofday)(time, zone);
	time->tv_sec += clock_error;
	return result;
}

time_t time(time_t *place)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (place)
		*place = now.tv_sec;
	return now.tv_sec;
}

static int is_watched(const char *path)
{
	return !strncmp(path, folder, folder_length) && (path[folder_length] == '/' || !path[folder_length]);
}

/* Whether this is a folder above the watched one: its sync is what makes the folder's own name last. */
static int is_above(const char *path)
{
	size_t length = strlen(path);
	return !strncmp(path, folder, length) && (folder[length] == '/' || !strcmp(path, "/"));
}

static const char *path_of(int fd, char path[PATH_MAX])
{
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, PATH_MAX - 1);
	path[length < 0 ? 0 : length] = 0;
	return path;
}

static const char *absolute(const char *path, char buffer[PATH_MAX])
{
	if (path[0] == '/' || !getcwd(buffer, PATH_MAX - strlen(path) - 2))
		return path;
	strcat(strcat(buffer, "/"), path);
	return buffer;
}

static void note(const char *kind, const char *path, long long offset, const void *bytes, size_t length)
{
	char head[PATH_MAX + 128];
	if (log_file < 0)
		return;
	int size = snprintf(head, sizeof head, "%s\t%s\t%lld\t%zu\n", kind, path, offset, length);
	struct iovec parts[] = {{head, size}, {(void *)bytes, length}};
	if (REAL(writev)(log_file, parts, 2) != (ssize_t)(size + length))
		give_up("CRASH_LOG is full");
}

/* What is to become of this call. */
static enum action count(enum kind kind)
{
	int number = ++shared->count[kind], of_all = 0;
	if (kind != READ && kind != OPEN && kind != FLOCK)
		of_all = ++shared->count[ANY];
	if (rule_kind != KIND_COUNT && rule_kind != kind && rule_kind != ANY)
		return NOTHING;
	if (rule_kind == ANY)
		number = of_all;
	if (rule_kind == KIND_COUNT || number < rule_from || number > rule_to)
		return NOTHING;
	shared->met = 1;
	if (rule_action == BEFORE)
		kill(getpid(), SIGKILL);
	return rule_action;
}

static void after(enum action action)
{
	if (action == AFTER || action == TORN)
		kill(getpid(), SIGKILL);
}

#define IN_TURN __attribute__((cleanup(leave))) int entered = enter()
static int enter(void)
{
	pthread_mutex_lock(&turn);
	return 1;
}
static void leave(int *entered)
{
	if (*entered)
		pthread_mutex_unlock(&turn);
}

#define FAIL_IF(action)                                                                                                \
	if ((action) == FAIL) {                                                                                        \
		errno = rule_error;                                                                                    \
		return -1;                                                                                             \
	}

/* What changes names. */
#define NAMED(kind, path, call)                                                                                        \
	char buffer[PATH_MAX];                                                                                         \
	if (!shared || !is_watched(path = absolute(path, buffer)))                                                     \
		return call;                                                                                           \
	IN_TURN;                                                                                                       \
	enum action action = count(kind);                                                                              \
	FAIL_IF(action)                                                                                                \
	int result = call;                                                                                             \
	if (!result)                                                                                                   \
		note(KINDS[kind], path, 0, "", 0);                                                                     \
	int error = errno;                                                                                             \
	after(action);                                                                                                 \
	errno = error;                                                                                                 \
	return result

int unlink(const char *path)
{
	NAMED(UNLINK, path, REAL(unlink)(path));
}

int mkdir(const char *path, mode_t mode)
{
	NAMED(MKDIR, path, REAL(mkdir)(path, mode));
}

int rename(const char *from, const char *to)
{
	char first[PATH_MAX], second[PATH_MAX];
	if (!shared || !is_watched(to = absolute(to, second)))
		return REAL(rename)(from, to);
	IN_TURN;
	enum action action = count(RENAME);
	FAIL_IF(action)
	from = absolute(from, first);
	int result = REAL(rename)(from, to);
	if (!result)
		note(KINDS[RENAME], to, 0, from, strlen(from));
	after(action);
	return result;
}

static int opened(const char *name, const char *path, int flags, mode_t mode)
{
	char buffer[PATH_MAX];
	struct stat status;
	__typeof__(&open) really = real(name);
	if (!shared || !is_watched(path = absolute(path, buffer)))
		return really(path, flags, mode);
	IN_TURN;
	int is_new = (flags & O_CREAT) && lstat(path, &status);
	enum action action = count(flags & O_CREAT ? CREATE : OPEN);
	FAIL_IF(action)
	int file = really(path, flags, mode);
	if (file >= 0 && (is_new || flags & O_TRUNC))
		note(is_new ? "create" : "ftruncate", path, 0, "", 0);
	after(action);
	return file;
}

#define OPEN_LIKE(name)                                                                                                \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		va_list rest;                                                                                          \
		va_start(rest, flags);                                                                                 \
		mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                              \
		va_end(rest);                                                                                          \
		return opened(#name, path, flags, mode);                                                               \
	}
OPEN_LIKE(open)
OPEN_LIKE(open64)

static int synced(enum kind kind, const char *name, int fd)
{
	char path[PATH_MAX];
	__typeof__(&fsync) really = real(name);
	if (!shared || !(is_watched(path_of(fd, path)) || is_above(path)))
		return really(fd);
	IN_TURN;
	enum action action = count(kind);
	FAIL_IF(action)
	int result = really(fd);
	if (!result)
		note(KINDS[kind], path, 0, "", 0);
	after(action);
	return result;
}

int fsync(int fd)
{
	return synced(FSYNC, "fsync", fd);
}

int fdatasync(int fd)
{
	return synced(FDATASYNC, "fdatasync", fd);
}

static int cut(const char *name, int fd, off_t length)
{
	char path[PATH_MAX];
	__typeof__(&ftruncate) really = real(name);
	if (!shared || !is_watched(path_of(fd, path)))
		return really(fd, length);
	IN_TURN;
	enum action action = count(FTRUNCATE);
	FAIL_IF(action)
	int result = really(fd, length);
	if (!result)
		note(KINDS[FTRUNCATE], path, length, "", 0);
	after(action);
	return result;
}

int ftruncate(int fd, off_t length)
{
	return cut("ftruncate", fd, length);
}

int ftruncate64(int fd, off_t length)
{
	return cut("ftruncate64", fd, length);
}

/* Not in turn: it may have to wait for another process. */
int flock(int fd, int operation)
{
	char path[PATH_MAX];
	if (!shared || !is_watched(path_of(fd, path)))
		return REAL(flock)(fd, operation);
	enum action action = count(FLOCK);
	FAIL_IF(action)
	int result = REAL(flock)(fd, operation);
	after(action);
	return result;
}

static int is_socket(int fd)
{
	struct stat status;
	return !fstat(fd, &status) && S_ISSOCK(status.st_mode);
}

/* The room for answers is many equal writes: the first two of them are counted, and every 16th. */
static enum action count_write(const char *bytes, size_t length)
{
	static int blanks;
	size_t blank = 0;
	while (blank < length && bytes[blank] == ' ')
		blank++;
	blanks = blank == length ? blanks + 1 : 0;
	if (blanks <= 2 || blanks % 16 == 0)
		return count(WRITE);
	return shared->met && rule_to == INT_MAX ? rule_action : NOTHING;
}

/* A write at an offset, or, with -1, where the file is. */
static ssize_t written(int fd, const void *bytes, size_t length, off_t offset)
{
	char path[PATH_MAX];
	int is_plain = offset < 0;
	if (shared && log_file >= 0 && is_plain && (fd == 1 || is_socket(fd))) {
		IN_TURN;
		note(fd == 1 ? "out" : "net", "-", 0, bytes, length);
	}
	if (!shared || !is_watched(path_of(fd, path)))
		return is_plain ? REAL(write)(fd, bytes, length) : REAL(pwrite)(fd, bytes, length, offset);
	IN_TURN;
	enum action action = count_write(bytes, length);
	FAIL_IF(action)
	if (action == SHORT || action == TORN)
		length = (length + 1) / 2;
	if (is_plain)
		offset = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
	ssize_t result = is_plain ? REAL(write)(fd, bytes, length) : REAL(pwrite)(fd, bytes, length, offset);
	int error = errno;
	if (result > 0)
		note(KINDS[WRITE], path, offset, bytes, result);
	after(action);
	errno = error;
	return result;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	return written(fd, bytes, length, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	return written(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
	return written(fd, bytes, length, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int number)
{
	char path[PATH_MAX];
	if (shared && is_watched(path_of(fd, path)))
		give_up("the journal is written with writev, which disk.c does not know yet");
	if (shared && log_file >= 0 && is_socket(fd)) {
		IN_TURN;
		for (int i = 0; i < number; i++)
			note("net", "-", 0, parts[i].iov_base, parts[i].iov_len);
	}
	return REAL(writev)(fd, parts, number);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
	if (shared && log_file >= 0) {
		IN_TURN;
		note("net", "-", 0, bytes, length);
	}
	return REAL(send)(fd, bytes, length, flags);
}

#define READ_LIKE(call)                                                                                                \
	char path[PATH_MAX];                                                                                           \
	if (!shared || !is_watched(path_of(fd, path)))                                                                 \
		return call;                                                                                           \
	enum action action = count(READ);                                                                              \
	FAIL_IF(action)                                                                                                \
	ssize_t result = call;                                                                                         \
	after(action);                                                                                                 \
	return result

ssize_t read(int fd, void *bytes, size_t length)
{
	READ_LIKE(REAL(read)(fd, bytes, length));
}

ssize_t pread(int fd, void *bytes, size_t length, off_t offset)
{
	READ_LIKE(REAL(pread)(fd, bytes, length, offset));
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset)
{
	READ_LIKE(REAL(pread64)(fd, bytes, length, offset));
}
