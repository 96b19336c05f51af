// Tests of messages: the messages that a script's own comments announce, against those reported.
#pragma once
#include "compiler/support/Diagnostics.h"

namespace tl {

/// Comments in the file announce messages: `# expected-error {{text}}` on the same line, `# expected-error@+1 {{text}}`
/// one line below, `@-2` two above; also expected-warning, expected-note and expected-help. The text is a part of the
/// message; that of `expected-mark` is exactly what an error or warning marks. True when every announced message was
/// reported and every reported error and warning announced; notes, help and marks need no announcement. Otherwise
/// `report` says what differs, a line each.
bool verifyExpected(const Diagnostics &diagnostics, int file, std::string &report);

} // namespace tl
