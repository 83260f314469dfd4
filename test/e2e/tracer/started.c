/*
 * started FILE -p PID    follows a running process until it gets SIGINT
 * started FILE COMMAND…  runs a command in its own place: a child of it follows
 *
 * Writes the arguments and the environment of every program that the process and those below it start, one a line,
 * NULs as newlines. A process stops only where it has just become another program, so that nothing is missed and little
 * is slowed: strace stops at each system call of a process it attaches to.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t enough;
static void end(int signal) { (void)signal; enough = 1; }

static void copy(int out, int pid, const char *name) {
  char path[64], text[65536];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int in = open(path, O_RDONLY | O_CLOEXEC);
  if (in < 0) return;
  for (ssize_t size; (size = read(in, text, sizeof text)) > 0;) {
    for (ssize_t at = 0; at < size; at++) if (text[at] == 0) text[at] = '\n';
    if (write(out, text, size) != size) exit(1);
  }
  close(in);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int out = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) return 1;
  int attach = strcmp(argv[2], "-p") == 0, ready[2];
  pid_t victim = attach ? atoi(argv[3]) : getpid();
  if (!attach) {
    if (pipe2(ready, O_CLOEXEC) != 0) return 1;
    pid_t child = fork();
    if (child < 0) return 1;
    if (child != 0) {
      char byte;
      close(ready[1]);
      if (read(ready[0], &byte, 1) != 1) return 1;
      execvp(argv[2], argv + 2);
      return 127;
    }
  }
  struct sigaction action = {.sa_handler = end};
  if (attach) sigaction(SIGINT, &action, NULL);
  long events = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
  if (ptrace(PTRACE_SEIZE, victim, 0, events) != 0) { perror("ptrace"); return 1; }
  if (attach) dprintf(2, "attached\n");
  else if (write(ready[1], "", 1) != 1) return 1;
  while (!enough) {
    int status;
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    if (!WIFSTOPPED(status)) continue;
    int event = status >> 16, signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_EXEC) {
      dprintf(out, "\001");
      copy(out, pid, "cmdline");
      dprintf(out, "\002");
      copy(out, pid, "environ");
    }
    int stopped = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
    ptrace(stopped ? PTRACE_LISTEN : PTRACE_CONT, pid, 0, event == 0 ? signal : 0);
  }
  return 0;
}
