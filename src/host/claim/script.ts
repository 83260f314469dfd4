import { quote } from '../quote.ts'

/** How often the holder of a claim shows that it lives, in milliseconds. */
export const beatMs = 5000

/** After so many seconds without a sign a claim frees itself: sshd does not notice a peer that vanished. */
const silenceSeconds = 20

/** How many runs keep their log on a host. */
const keptRuns = 20

/** Exit code of the script when another run holds the lock; its stdout is that run's own words. */
export const held = 45

/** Runs until a sign of life comes, which ends it with 0, or stdin ends. No process for each line. */
const takeLines = `
while IFS= read -r line; do
  if [ "$line" = . ]; then exit 0; fi
  if [ -d "$1" ]; then printf '%s\\n' "$line" >> "$1/$2.jsonl"; fi
done
exit 1`

/**
 * Holds a lock for as long as its stdin is open. `$1` the file to lock, `$2` who locks it, as a line of JSON, `$3` the
 * directory of logs, `$4` the name of this run, `$5` the directory of files as they were before. Answers with a line:
 * `claimed`, or `unclaimed` and why. A line `.` on stdin is a sign of life; any other is appended to the run's log.
 * Who is not root changes nothing of the host's, and is told no reason.
 * A run that was just killed gets a second to let go; one that gave no sign of late is waited for, as its claim is about
 * to be free.
 */
export const claimScript = `
umask 077
unclaimed() { printf 'unclaimed %s\\n' "$1"; exec cat > /dev/null; }
command -v flock > /dev/null || unclaimed 'flock is missing'
mkdir -p -- "\${1%/*}" && (: 9<> "$1") || { [ "$(id -u)" = 0 ] || unclaimed ''; unclaimed "$1 cannot be written"; }
exec 9<> "$1"
tries=0
until flock -n 9; do
  age=$(($(date +%s) - $(stat -c %Y -- "$1")))
  if [ $age -gt 10 ]; then limit=125; else limit=5; fi
  [ $tries -lt $limit ] || { cat -- "$1"; exit ${held}; }
  tries=$((tries + 1))
  sleep 0.2
done
printf '%s\\n' "$2" > "$1"
mkdir -p -- "$3" && ls -r -- "$3" | tail -n +${keptRuns} | while IFS= read -r old; do rm -f -- "$3/$old"; done
ls -- "$5" 2> /dev/null | while IFS= read -r old; do [ -e "$3/$old.jsonl" ] || rm -rf -- "$5/$old"; done
echo claimed
while timeout ${silenceSeconds} sh -c ${quote([takeLines])} sh "$3" "$4" 9>&-; do touch -c -- "$1"; done`
