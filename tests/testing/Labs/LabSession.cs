using System.Globalization;
using System.Text.RegularExpressions;
using Keelson.Linux;

namespace Keelson.Testing.Labs;

/// <summary>A shell in a terminal, and someone who types: the lab's commands work as they do for a reader.</summary>
internal sealed partial class LabSession : IDisposable
{
    private readonly PseudoTerminal terminal;
    private readonly ChildProcess shell;

    /// <summary>Starts the shell.</summary>
    /// <param name="directory">Where it works.</param>
    /// <param name="programs">A directory that comes first in its <c>PATH</c>.</param>
    /// <param name="patience">How long a command may be silent.</param>
    public LabSession(string directory, string programs, TimeSpan patience)
    {
        terminal = PseudoTerminal.Open(out FdHandle slave);
        terminal.Patience = patience;
        using (slave)
        {
            shell = ChildProcess.Start(["setsid", "--ctty", "--wait", "bash", "--norc", "--noprofile", "--noediting", "-i"], new CommandOptions
            {
                Directory = directory,
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = programs + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["HOME"] = directory, ["PS1"] = "<$?> ", ["TERM"] = "dumb", ["KEELSON_SHIM_SOCKETS"] = TestDirectory.Root + "/s",
                },
                Descriptors = new Dictionary<int, FdHandle> { [0] = slave, [1] = slave, [2] = slave },
            });
        }
        terminal.ReadUntil("a prompt", seen => Prompt().IsMatch(seen));
    }

    /// <summary>Types one line and waits for the next prompt.</summary>
    /// <returns>What came back, and the exit status when the prompt is that of the session's own shell.</returns>
    public (string Output, int? Status) Type(string line)
    {
        int mark = terminal.Seen.Length;
        terminal.Type(line + "\n");
        terminal.ReadUntil($"the prompt after '{line}'", seen => seen.Length > mark + line.Length && Prompt().IsMatch(seen[(mark + line.Length)..]));
        string output = terminal.Seen[mark..];
        Match prompt = Prompt().Match(output);
        return (output[..prompt.Index], prompt.Groups["status"].Success ? int.Parse(prompt.Groups["status"].Value, CultureInfo.InvariantCulture) : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        shell.Dispose();
        terminal.Dispose();
    }

    /// <summary>Of the session's shell, which shows the status, or of busybox in a container, which may ask for the cursor's place.</summary>
    [GeneratedRegex(@"(<(?<status>\d+)> |\n/ # (\e\[6n)?)$")]
    private static partial Regex Prompt();
}
