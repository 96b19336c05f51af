// SIGINT and SIGTERM: the first asks for a save and an exit, the second exits at once.
#pragma once

namespace tl::program {

/// Watches SIGINT and SIGTERM from now on; SIGPIPE is ignored, so that writes report their error.
void watchSignals();

/// The signal that asked to stop, or 0.
int stopSignal();

}  // namespace tl::program
