# Steps: one line to a step with its time, the whole output in a log that is shown when the step fails.
# Sourced by the other scripts after they have set `root`; bash 3.2 (macOS) must be able to read it.

log_folder="$root/build/logs"
mkdir -p "$log_folder"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\033[1m' red=$'\033[31m' green=$'\033[32m' plain=$'\033[0m'
else
  bold='' red='' green='' plain=''
fi

# Lets clones at other places share what ccache has compiled before.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

# say TEXT: a line for the user.
say() { printf '%s\n' "$*"; }

# fail TEXT...: says what is wrong, one line to an argument, and ends the script.
fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# try_step NAME TITLE COMMAND...: runs a command with its output in build/logs/NAME.log; true if it succeeded.
try_step() {
  local name="$1" title="$2" started=$SECONDS log status=0
  shift 2
  log="$log_folder/$name.log"
  printf '  %-58s ' "$title"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -eq 0 ]; then
    printf '%sok%s %4d s\n' "$green" "$plain" $((SECONDS - started))
  else
    printf '%sFAILED%s %4d s (status %d)\n' "$red" "$plain" $((SECONDS - started)) "$status"
    say "  ---- the last lines of ${log#"$root"/}"
    tail -n "${PEAK_LOG_LINES:-60}" "$log" | sed 's/^/  | /'
    say "  ----"
  fi
  return "$status"
}

# step NAME TITLE COMMAND...: as try_step, but a failure ends the script.
step() { try_step "$@" || fail "'$2' failed; the whole output is in $log_folder/$1.log"; }

# checksum FILE...: one short text that changes when a file does.
checksum() { cat "$@" | cksum | tr ' \t' '--'; }
