// SIGINT and SIGTERM: the first asks for a save and an exit, the second exits at once.
#include "runtime/program/Signals.h"

#include <csignal>
#include <unistd.h>

namespace tl::program {

static volatile std::sig_atomic_t pending = 0;

static void onSignal(int signal) {
  if (pending)
    _exit(128 + signal);
  pending = signal;
}

void watchSignals() {
  struct sigaction action = {};
  action.sa_handler = onSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // A save under way must not fail with EINTR.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // A file at its size limit is an error of write(2), with a message, not a death.
}

int stopSignal() { return pending; }

}  // namespace tl::program
