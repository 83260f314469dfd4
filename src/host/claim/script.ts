import { quote } from '../quote.ts'

/** Interval of the heartbeat of a lock holder, in milliseconds. */
export const beatMs = 5000

/** Seconds without a heartbeat after which a lock is released: sshd does not detect a peer that vanished. */
const silenceSeconds = 20

/** How many run logs a host keeps, and the previous content of files that belongs to them. */
const keptRuns = 20

/** Days after which a host deletes the previous content of files: keys may be among them. */
const keptDays = 30

/** Exit code of the script if another run holds the lock; stdout is then the entry of that run. */
export const held = 45

/** Reads lines until a heartbeat, which ends it with 0, or the end of stdin. Starts no process per line. */
const takeLines = `
while IFS= read -r line; do
  if [ "$line" = . ]; then exit 0; fi
  if [ -d "$1" ]; then printf '%s\\n' "$line" >> "$1/$2.jsonl"; fi
done
exit 1`

/**
 * Holds a lock while its stdin is open. `$1` the file to lock, `$2` the holder as a line of JSON, `$3` the log
 * directory, `$4` the name of this run, `$5` the directory for the previous content of files. Prints one line:
 * `claimed`, or `unclaimed` and the reason. A line `.` on stdin is a heartbeat; any other line is appended to the run's
 * log. For a user other than root it changes nothing on the host and prints no reason.
 * A run that was just killed gets a second to release the lock. A run without a recent heartbeat is waited for, because
 * its lock is about to be released.
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
find "$5" -mindepth 1 -maxdepth 1 -mmin +${keptDays * 24 * 60} -exec rm -rf -- {} + 2> /dev/null
echo claimed
while timeout ${silenceSeconds} sh -c ${quote([takeLines])} sh "$3" "$4" 9>&-; do touch -c -- "$1"; done`
