// Standard error closed for a moment, which Node itself cannot do. TensorFlow's library announces oneDNN there while it
// loads, whatever the log level.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

static int kept = -1;

static napi_value mute(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept < 0 && nothing >= 0) {
    kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (kept >= 0) dup2(nothing, STDERR_FILENO);
  }
  if (nothing >= 0) close(nothing);
  return NULL;
}

static napi_value unmute(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  if (kept >= 0) {
    dup2(kept, STDERR_FILENO);
    close(kept);
    kept = -1;
  }
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_property_descriptor methods[] = {
      {"mute", NULL, mute, NULL, NULL, NULL, napi_enumerable, NULL},
      {"unmute", NULL, unmute, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, 2, methods);
  return exports;
}
