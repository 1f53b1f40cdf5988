/**
 * What makes shells ask `spacectl _complete` (`offer.ts`) for what may stand at the cursor. They hold no list of
 * commands, so they never are behind the program. The program that is asked is the one that stands in the line,
 * if it is one, with all its flags.
 */
import type { shells } from "./choices.ts";

type Shell = (typeof shells)[number];

/** `program`: the name that is completed after. */
export const completionScripts: Readonly<Record<Shell, (program: string) => string>> = {
  bash: (program) => `# bash completion of ${program}
_${program}() {
  local program=\${COMP_WORDS[0]/#\\~/$HOME} reply
  type -P -- "$program" >/dev/null || program=${program}
  COMPREPLY=()
  mapfile -t reply < <("$program" _complete bash "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  if [[ \${reply[0]-} == files ]]; then
    compopt -o default 2>/dev/null
  else
    COMPREPLY=("\${reply[@]:1}")
    [[ \${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
  fi
}
complete -F _${program} ${program}
`,
  zsh: (program) => `#compdef ${program}
_${program}() {
  local program=\${(Q)words[1]} line
  local -a before reply offers more
  program=\${~program}
  whence -p -- $program >/dev/null || program=${program}
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  reply=("\${(@f)$($program _complete zsh "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $reply[1] == files ]]; then
    compset -P '--*='
    _files
    return
  fi
  for line in "\${(@)reply[2,-1]}"; do
    offers+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:}\${line#*$'\\t'}")
  done
  [[ $reply[2] == *=$'\\t'* ]] && more=(-S '')
  _describe -t ${program} ${program} offers "\${more[@]}"
}
if [[ $funcstack[1] == _${program} ]]; then
  _${program}
else
  compdef _${program} ${program}
fi
`,
  fish: (program) => `# fish completion of ${program}
function __${program}_offers
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l program $words[1]
  set -e words[1]
  command -sq -- $program; or set program ${program}
  set -l reply ($program _complete fish $words "$current" 2>/dev/null)
  if test "$reply[1]" = files
    set -l flag (string match -r -- '^--[^=]*=' $current)
    for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' $current))
      echo "$flag$path"
    end
  else
    set -e reply[1]
    printf '%s\\n' $reply
  end
end
complete -c ${program} -f -a '(__${program}_offers)'
`,
};
