/** Completion scripts. All of them ask `kasane __complete` what fits, so that they never know less than the program. */
export const completionScripts: Readonly<Record<string, string>> = {
  bash: `# Completion of kasane for bash.
_kasane() {
  local line="\${COMP_LINE:0:COMP_POINT}" words=() cur prefix="" value
  read -r -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur="\${words[\${#words[@]}-1]}"
  # For bash a word ends at these, for kasane it goes on.
  [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && prefix="\${cur%"\${cur##*:}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    case $value in
      :files) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
      :directories) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
      "$cur"*) COMPREPLY+=("\${value#"$prefix"}") ;;
    esac
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
}
complete -F _kasane kasane
`,
  zsh: `#compdef kasane
# Completion of kasane for zsh.
_kasane() {
  local line
  local -a lines described
  lines=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :directories) _files -/ ;;
      *$'\\t'*) described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) described+=("\${line//:/\\\\:}") ;;
    esac
  done
  (( $#described )) && _describe kasane described
}
# Sourced it registers itself; from a directory of fpath it is the function.
if [[ $funcstack[1] == _kasane ]]; then _kasane "$@"; else compdef _kasane kasane; fi
`,
  fish: `# Completion of kasane for fish.
function __kasane_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    for line in (command $program __complete $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :directories
                __fish_complete_directories "$current" ''
            case '*'
                echo $line
        end
    end
end
complete -c kasane -f -a '(__kasane_complete)'
`,
};
