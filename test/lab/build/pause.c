/* The first process of every pod: keeps the pod's namespaces alive and collects orphans.
 * "pause -v" prints a version and succeeds; kubeadm's upgrade health check runs just that. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void collect(int sig) {
  (void)sig;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

static void leave(int sig) {
  (void)sig;
  _exit(0);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "-v") == 0) return puts("pause 3.10.2") < 0;
  signal(SIGCHLD, collect);
  signal(SIGINT, leave);
  signal(SIGTERM, leave);
  for (;;) pause();
}
