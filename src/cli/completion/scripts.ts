import { kadmVersion } from '../../cluster/kadm-version.ts'
import type { Shell } from './shells.ts'

/**
 * The scripts ask `kadm __complete` and insert what it answers (see answer.ts). They never evaluate a word of the line or
 * of the answer; files are completed, and quoted, by the shell itself.
 */
export function scriptOf(shell: Shell): string {
  return scripts[shell]
}

/** COMP_WORDS splits words at = : and @, of which readline replaces only the last piece, with the @ before it. */
const bash = `# bash completion for kadm ${kadmVersion}; needs bash 4.3 or newer

_kadm() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() cut= piece= before trimmed quote i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    before=$piece
    piece=\${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || piece=$trimmed
    if [[ $i == 0 || $trimmed != "$rest" ]]; then
      words+=('')
      cut=
    elif [[ $before != @ ]]; then
      cut=\${words[-1]}
    fi
    rest=\${trimmed:\${#piece}}
    case $piece in
      [\\'\\"]*)
        quote=\${piece:0:1}
        piece=\${piece:1}
        piece=\${piece%"$quote"}
        ;;
      *) piece=\${piece//\\\\/} ;;
    esac
    words[-1]+=$piece
    [[ $piece != [=:] ]] || cut=\${words[-1]}
  done

  local answer=() line value
  mapfile -t answer < <(kadm __complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  case \${answer[0]-} in
    file) compopt -o default ;;
    directory) compopt -o dirnames ;;
    part) compopt -o nospace ;;
  esac
  for line in "\${answer[@]:2}"; do
    value=\${answer[1]}\${line%%$'\\t'*}
    [[ $value != "\${words[-1]}"* ]] || COMPREPLY+=("\${value:\${#cut}}")
  done
}

complete -o nosort -F _kadm kadm 2>/dev/null || complete -F _kadm kadm
`

const zsh = `#compdef kadm
# zsh completion for kadm ${kadmVersion}; needs compinit

_kadm() {
  local -a answer pairs suffix
  local line
  answer=("\${(@f)$(kadm __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  [[ -z $answer[2] ]] || compset -P "\${(b)answer[2]}" || return 1
  case $answer[1] in
    file) _files; return ;;
    directory) _path_files -/; return ;;
    part) suffix=(-S '') ;;
  esac
  for line in "\${(@)answer[3,-1]}"; do
    pairs+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V kadm pairs "$suffix[@]"
}

if [[ $funcstack[1] == _kadm ]]; then
  _kadm "$@"
else
  compdef _kadm kadm
fi
`

const fish = `# fish completion for kadm ${kadmVersion}

function __kadm_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    # An open quote cannot be unescaped.
    set -l word (string unescape -- "$token"; or string replace -ra '["\\']' '' -- "$token")
    set -l answer (kadm __complete -- $words[2..-1] "$word" 2>/dev/null)
    set -l kept $answer[2]
    set -l path (string sub --start (math 1 + (string length -- "$kept")) -- "$token")
    switch "$answer[1]"
        case file
            # A command without a completion of its own has files completed.
            printf '%s\\n' $kept(complete -C "__kadm_no_such_command $path")
        case directory
            printf '%s\\n' $kept(__fish_complete_directories "$path" '')
        case '*'
            printf '%s\\n' $kept$answer[3..-1]
    end
end

complete -c kadm -k -f -a '(__kadm_complete)'
`

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
