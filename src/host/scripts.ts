/**
 * The scripts of the file verbs: POSIX shell with coreutils. `$1` is always an absolute path. Each script exits with
 * `missing` if nothing exists there; any other non-zero code is a failure that its stderr explains.
 */
export const missing = 44

/** Distinguishes a missing path from an inaccessible one by the nearest existing parent. */
const whenAbsent = `
p=$1
while [ ! -e "$p" ] && [ ! -L "$p" ]; do p=\${p%/*}; [ -n "$p" ] || p=/; done
if [ "$p" != "$1" ] && { [ ! -d "$p" ] || [ -x "$p" ]; }; then exit ${missing}; fi
if [ -L "$1" ] && [ ! -e "$1" ]; then exit ${missing}; fi
`

const failWith = `fail() { printf '%s\\n' "$1" >&2; exit 1; }\n`

/** Removes the temporary files of killed runs in a directory: those without the prefix of this run's file. */
const sweepLeftovers = `sweep() {
  for left in "$1".kadm-????????????????; do
    case $left in "\${2%????????}"*) ;; *) [ ! -f "$left" ] || rm -f -- "$left" ;; esac
  done
}
`

/** Exits with `missing` if nothing exists there, else 1. */
const absentScript = `${whenAbsent}
exit 1`

export const readScript = `
cat -- "$1" && exit 0
${absentScript}`

/** Prints the content to stdout, then its checksum to stderr as sha256sum prints it: both from the same open file. */
export const readStreamScript = `${failWith}
[ ! -d "$1" ] || fail "is a directory: $1"
if [ -f "$1" ]; then
  set -e
  exec 3< "$1" 4< "$1"
  [ /dev/fd/3 -ef /dev/fd/4 ] || fail "was replaced: $1"
  cat <&3
  sha256sum <&4 >&2
  exit 0
fi
${absentScript}`

/** One fact per line. */
export const statFormat = '%f\\n%s\\n%u\\n%g\\n%.3Y\\n%.3Z\\n%U\\n%G\\n'

export const statScript = `
stat --printf '${statFormat}' -- "$1" && exit 0
${absentScript}`

/** Names end in a slash: a name can contain anything else except NUL, which shells lose. */
export const listScript = `${failWith}
if [ ! -e "$1" ]; then ${whenAbsent} fi
[ -d "$1" ] || fail "not a directory: $1"
[ -r "$1" ] || fail "permission denied: $1"
cd -P -- "$1" || exit 1
for name in * .*; do
  case $name in (.|..) continue ;; esac
  if [ -e "$name" ] || [ -L "$name" ]; then printf '%s/' "$name"; fi
done`

/**
 * Content on stdin; \`$2\` mode, \`$3\` owner or empty, \`$4\` size, \`$5\` name of the temporary file. The size
 * detects a connection lost midway, which looks like the end of stdin. Without a size the content ends with its own
 * SHA-256. Removes temporary files of killed runs in the directory, whose names have another prefix. Starts as few
 * programs as possible, because they take the time.
 */
export const writeScript = `${failWith}${sweepLeftovers}
set -e
dir=\${1%/*}/
[ -d "$dir" ] || (umask 022; mkdir -p -- "$dir")
[ ! -d "$1" ] || fail "is a directory: $1"
temp=$dir$5
sweep "$dir" "$temp"
trap 'rm -f -- "$temp"' EXIT
trap 'exit 1' HUP INT PIPE TERM
owner=$3
if [ -z "$owner" ] && { [ -e "$1" ] || [ -L "$1" ]; }; then owner=$(stat -c %u:%g -- "$1"); fi
umask 077
set -C
cat > "$temp"
if [ -z "$4" ]; then
  sum=$(tail -c 64 -- "$temp")
  truncate -s -64 -- "$temp"
  is=$(sha256sum < "$temp")
  [ "\${is%% *}" = "$sum" ] || fail 'the content was cut short or changed on its way'
fi
is=$(stat -c '%s %u:%g 0%a' -- "$temp")
[ -z "$4" ] || [ "\${is%% *}" = "$4" ] || fail 'the content was cut short'
is=\${is#* }
[ -z "$owner" ] || [ "\${is% *}" = "$owner" ] || chown -- "$owner" "$temp"
[ "\${is#* }" = "$2" ] || chmod -- "$2" "$temp"
sync -- "$temp"
mv -fT -- "$temp" "$1"
trap - EXIT
sync -- "$dir"`

/**
 * Replaces the files `first` and `second` by `one` and `two`; `old` is a link to the earlier first file, which comes back
 * if the second cannot be replaced. Signals do not end the script between the two renames.
 */
const renamePair = `
trap '' HUP INT PIPE TERM
mv -fT -- "$one" "$first"
mv -fT -- "$two" "$second" || {
  if [ -e "$old" ]; then mv -fT -- "$old" "$first"; else rm -f -- "$first"; fi
  fail "cannot be replaced: $second"
}`

/** The two files, their new contents, and a name for a link to the earlier first file. */
export const renamePairScript = `${failWith}
set -e
first=$1 second=$2 one=$3 two=$4 old=$5
trap 'rm -f -- "$one" "$two" "$old"' EXIT
[ ! -e "$first" ] || ln -- "$first" "$old"
${renamePair}
sync -- "\${first%/*}/" "\${second%/*}/"`

/**
 * The contents of two files on stdin, one after the other. For each file its path, mode, owner or empty, size and
 * temporary file; last, a name for the old first file, which comes back if the second cannot be replaced. Signals do not
 * end the script between the two renames.
 */
export const writePairScript = `${failWith}${sweepLeftovers}
set -e
first=$1 second=$6 one=\${1%/*}/$5 two=\${6%/*}/\${10} old=\${1%/*}/\${11}
stage() {
  [ ! -d "$1" ] || fail "is a directory: $1"
  owner=$3
  if [ -z "$owner" ] && { [ -e "$1" ] || [ -L "$1" ]; }; then owner=$(stat -c %u:%g -- "$1"); fi
  [ "$(stat -c %s -- "$5")" = "$4" ] || fail 'the content was cut short'
  [ -z "$owner" ] || chown -- "$owner" "$5"
  chmod -- "$2" "$5"
}
for path in "$1" "$6"; do
  [ -d "\${path%/*}/" ] || (umask 022; mkdir -p -- "\${path%/*}/")
done
sweep "\${1%/*}/" "$one"
sweep "\${6%/*}/" "$two"
trap 'rm -f -- "$one" "$two" "$old"' EXIT
trap 'exit 1' HUP INT PIPE TERM
umask 077
cat > "$one"
tail -c +"$(($4 + 1))" -- "$one" > "$two"
truncate -s "<$4" -- "$one"
stage "$1" "$2" "$3" "$4" "$one"
stage "$6" "$7" "$8" "$9" "$two"
sync -- "$one" "$two"
[ ! -e "$1" ] || ln -- "$1" "$old"
${renamePair}
sync -- "\${1%/*}/" "\${6%/*}/"`

/** \`$2\` mode or empty, \`$3\` owner or empty. An existing directory is changed only if one is given. */
export const mkdirScript = `${failWith}
set -e
umask 022
[ -d "$1" ] || {
  if [ -e "$1" ] || [ -L "$1" ]; then fail "exists and is not a directory: $1"; fi
  parent=\${1%/*}/
  mkdir -p -- "$parent"
  mkdir -p -m "\${2:-755}" -- "$1"
  sync -- "$parent"
}
[ -z "$3" ] || chown -- "$3" "$1"
[ -z "$2" ] || chmod -- "$2" "$1"`

/** Stays on one file system and does not delete what is mounted below. */
export const removeScript = `
if [ ! -e "$1" ] && [ ! -L "$1" ]; then ${whenAbsent} fi
rm -rf --one-file-system -- "$1" || exit 1
sync -- "\${1%/*}/"`
