using Keelson.Cli.Parsing;

namespace Keelson.Cli.Completion;

/// <summary><c>completion</c>: what a shell has to read so that it completes. All of them ask this program, which knows its own table.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _keelson() {
          local IFS=$'\n' words=("${COMP_WORDS[@]:1:COMP_CWORD}")
          COMPREPLY=($(keelson __complete "${words[@]}" 2> /dev/null | cut -f1))
          if [ "${COMPREPLY[0]-}" = ":files" ]; then
            COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
            compopt -o filenames
          fi
        }
        complete -F _keelson keelson

        """;

    private const string Zsh = """
        #compdef keelson
        _keelson() {
          local -a lines candidates
          local line
          lines=("${(@f)$(keelson __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}")
          if [[ "${lines[1]}" == ":files" ]]; then _files; return; fi
          for line in $lines; do
            [[ -n $line ]] && candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
          done
          _describe keelson candidates
        }
        compdef _keelson keelson

        """;

    private const string Fish = """
        function __keelson_complete
          set -l words (commandline -opc) (commandline -ct)
          set -l lines (keelson __complete $words[2..] 2> /dev/null)
          if test "$lines[1]" = ":files"
            __fish_complete_path (commandline -ct)
          else
            printf '%s\n' $lines
          end
        end
        complete -c keelson -f -a '(__keelson_complete)'

        """;

    public static Command Command => new("print what a shell has to read so that it completes", "bash|zsh|fish", [], session =>
    {
        Output.Write(session.Arguments.Words[0] switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            var other => throw new UsageException($"'{other}' is not bash, zsh or fish", exitCode: 1),
        });
        return 0;
    })
    { Least = 1, Most = 1, Completes = "shells" };
}
