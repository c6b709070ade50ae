#!/usr/bin/env bash
# A Label Studio server of one's own: in its own virtual environment (its pins clash with ours), with SQLite,
# on the loopback address only, without analytics and version checks.
#
#   scripts/labelstudio.sh start  [--data FOLDER] [--port PORT]   install if need be, start, wait until ready
#   scripts/labelstudio.sh stop   [--data FOLDER]
#   scripts/labelstudio.sh status [--data FOLDER]
#
# From the environment, else made once and kept in FOLDER/secrets.env, readable by its owner only:
#   LABEL_STUDIO_USERNAME    e-mail address of the first user (admin@localhost.localdomain)
#   LABEL_STUDIO_PASSWORD    its password, at least eight characters
#   LABEL_STUDIO_API_KEY     its legacy token, 40 hex digits
# Optional:
#   IE_MODEL_LABEL_STUDIO    a label-studio executable that is installed already
#   PYTHON                   the Python that the virtual environment is made with
set -euo pipefail
umask 077

readonly VERSION=1.23.2
readonly READY_SECONDS=300   # the first start makes the database: 25 s, on a busy machine two minutes

fail() { printf 'error: %s\n' "$1" >&2; exit 2; }

usage() { sed -n '5,7s/^# *//p' "${BASH_SOURCE[0]}"; exit "${1:-2}"; }

action="${1:-}"
[[ $# -gt 0 ]] && shift
data="${LABEL_STUDIO_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/ie_model/label-studio}"
port="${LABEL_STUDIO_PORT:-8080}"
while [[ $# -gt 0 ]]; do
  case "$1" in
    --data) [[ $# -ge 2 ]] || fail '--data needs a folder'; data="$2"; shift 2 ;;
    --port) [[ $# -ge 2 ]] || fail '--port needs a number'; port="$2"; shift 2 ;;
    *) usage ;;
  esac
done
[[ "$port" =~ ^[0-9]+$ ]] && ((port > 0 && port < 65536)) || fail "not a port: $port"

mkdir -p "$data"
data="$(cd "$data" && pwd)"
pid_file="$data/server.pid"
port_file="$data/server.port"
secrets="$data/secrets.env"
log="$data/server.log"

# The process that is written down, if it still is a Label Studio of this folder.
running() {
  [[ -s "$pid_file" ]] || return 1
  local pid
  pid="$(<"$pid_file")"
  [[ "$pid" =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null && ps -o args= -p "$pid" | grep -q 'label-studio'
}

healthy() { "$python" - "$1" <<'PY'
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    answer = opener.open(f"http://127.0.0.1:{sys.argv[1]}/health", timeout=2)
except OSError:
    sys.exit(1)
sys.exit(0 if b"UP" in answer.read() else 1)
PY
}

port_is_free() { "$python" - "$1" <<'PY'
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
    except OSError:
        sys.exit(1)
PY
}

install() {
  if [[ -n "${IE_MODEL_LABEL_STUDIO:-}" ]]; then
    server="$IE_MODEL_LABEL_STUDIO"
    [[ -x "$server" ]] || fail "IE_MODEL_LABEL_STUDIO is no executable: $server"
    return
  fi
  server="$data/venv/bin/label-studio"
  if [[ ! -f "$data/venv/installed-$VERSION" ]]; then
    printf 'installing Label Studio %s (once, about a minute and a gigabyte)\n' "$VERSION"
    "$python" -m venv "$data/venv"
    "$data/venv/bin/python" -m pip install --quiet --disable-pip-version-check "label-studio==$VERSION" \
      </dev/null || fail 'Label Studio could not be installed'
    : >"$data/venv/installed-$VERSION"
  fi
}

# What the environment gives wins over what was made before.
read_secrets() {
  local user="${LABEL_STUDIO_USERNAME:-}" password="${LABEL_STUDIO_PASSWORD:-}" token="${LABEL_STUDIO_API_KEY:-}"
  if [[ -f "$secrets" ]]; then
    # shellcheck disable=SC1090
    source "$secrets"
  fi
  export LABEL_STUDIO_USERNAME="${user:-${LABEL_STUDIO_USERNAME:-admin@localhost.localdomain}}"
  export LABEL_STUDIO_PASSWORD="${password:-${LABEL_STUDIO_PASSWORD:-$(random 9)}}"
  export LABEL_STUDIO_USER_TOKEN="${token:-${LABEL_STUDIO_API_KEY:-$(random 20)}}"
  unset LABEL_STUDIO_API_KEY
  ((${#LABEL_STUDIO_PASSWORD} >= 8)) || fail 'LABEL_STUDIO_PASSWORD has fewer than eight characters'
  [[ "$LABEL_STUDIO_USER_TOKEN" =~ ^[0-9a-f]{40}$ ]] ||
    fail 'LABEL_STUDIO_API_KEY is no legacy token (40 hex digits): leave it out, and one is made'
  if [[ ! -f "$secrets" ]]; then
    {
      printf 'LABEL_STUDIO_USERNAME=%q\n' "$LABEL_STUDIO_USERNAME"
      printf 'LABEL_STUDIO_PASSWORD=%q\n' "$LABEL_STUDIO_PASSWORD"
      printf 'LABEL_STUDIO_API_KEY=%q\n' "$LABEL_STUDIO_USER_TOKEN"
    } >"$secrets.part"
    mv "$secrets.part" "$secrets"
  fi
}

random() { "$python" -c 'import secrets, sys; print(secrets.token_hex(int(sys.argv[1])))' "$1"; }

start_server() {
  export LABEL_STUDIO_BASE_DATA_DIR="$data"
  export LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN=true
  export LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true
  # Nothing is sent anywhere, and no other server is asked for a newer version.
  export SENTRY_DSN= FRONTEND_SENTRY_DSN= COLLECT_ANALYTICS=false LATEST_VERSION_CHECK=false
  # An ML backend on this machine may be connected.
  export ML_BLOCK_LOCAL_IP=false SSRF_PROTECTION_ENABLED=false
  cd "$data"
  setsid "$server" start --internal-host 127.0.0.1 --port "$port" --no-browser --log-level WARNING \
    --enable-legacy-api-token </dev/null >>"$log" 2>&1 &
  printf '%s\n' "$!" >"$pid_file"
  printf '%s\n' "$port" >"$port_file"
}

show() {
  printf 'Label Studio: http://127.0.0.1:%s (process %s, data %s)\n' "$(<"$port_file")" "$(<"$pid_file")" "$data"
  printf 'log in as the user in %s; for ie-model:\n' "$secrets"
  printf '  export LABEL_STUDIO_URL=http://127.0.0.1:%s\n' "$(<"$port_file")"
  printf '  export LABEL_STUDIO_API_KEY="$(. %q && echo "$LABEL_STUDIO_API_KEY")"\n' "$secrets"
}

start() {
  if running; then
    show
    return
  fi
  port_is_free "$port" || fail "port $port is taken: give another with --port"
  install
  read_secrets
  start_server
  local waited
  for ((waited = 0; waited < READY_SECONDS; waited++)); do
    if healthy "$port"; then
      show
      return
    fi
    running || { tail -n 20 "$log" >&2; rm -f "$pid_file"; fail "it ended while starting: see $log"; }
    sleep 1
  done
  stop
  fail "it was not ready in $READY_SECONDS s: see $log"
}

stop() {
  if ! running; then
    rm -f "$pid_file"
    printf 'not running\n'
    return
  fi
  local pid waited
  pid="$(<"$pid_file")"
  # The server is the leader of a session of its own: its children end with it.
  kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid"
  for ((waited = 0; waited < 100; waited++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$pid" 2>/dev/null || true
  rm -f "$pid_file"
  printf 'stopped\n'
}

status() {
  if ! running; then
    printf 'not running (data %s)\n' "$data"
    exit 1
  fi
  show
  healthy "$(<"$port_file")" || { printf 'it does not answer: see %s\n' "$log"; exit 1; }
}

python="${PYTHON:-$(command -v python3.11 || command -v python3 || true)}"
[[ -n "$python" ]] || fail 'there is no Python'
case "$action" in
  start) start ;;
  stop) stop ;;
  status) status ;;
  -h | --help) usage 0 ;;
  *) usage ;;
esac
