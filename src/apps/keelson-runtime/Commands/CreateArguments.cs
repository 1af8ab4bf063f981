using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary>The options that <c>create</c>, <c>run</c> and <c>restore</c> share.</summary>
internal sealed class CreateArguments
{
    public string Id { get; private set; } = "";
    public string Bundle { get; private set; } = ".";
    public string? ConsoleSocket { get; private set; }
    public string? PidFile { get; private set; }
    public string? PidFdSocket { get; private set; }
    public bool NoPivot { get; private set; }
    public bool NoNewKeyring { get; private set; }
    public int PreserveFds { get; private set; }
    public bool IsDetached { get; private set; }
    public bool Keeps { get; private set; }
    public bool NoSubreaper { get; private set; }

    /// <summary>Socket of the service manager that started this program; <see langword="null"/> without one. sd_notify(3).</summary>
    public static string? NotifySocket => Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 1 } path && path[0] is '/' or '@' ? path : null;

    /// <summary>Reads the options and the name.</summary>
    /// <param name="reader">The command line.</param>
    /// <param name="defaultId">The name when none is given; <see langword="null"/> when one must be given.</param>
    /// <param name="other">Takes the names of further options, reads their values, and says whether it knows them.</param>
    public static CreateArguments Parse(ArgumentReader reader, string? defaultId = null, Func<string, bool>? other = null)
    {
        CreateArguments a = new();
        while (true)
        {
            while (reader.NextOption() is { } name)
            {
                switch (name)
                {
                    case "bundle" or "b": a.Bundle = reader.Value(); break;
                    case "console-socket": a.ConsoleSocket = reader.Value(); break;
                    case "pid-file": a.PidFile = reader.Value(); break;
                    case "pidfd-socket": a.PidFdSocket = reader.Value(); break;
                    case "no-pivot": a.NoPivot = reader.Switch(); break;
                    case "no-new-keyring": a.NoNewKeyring = reader.Switch(); break;
                    case "preserve-fds": a.PreserveFds = (int)Math.Clamp(reader.Number(), 0, 1024); break;
                    case "detach" or "d": a.IsDetached = reader.Switch(); break;
                    case "keep": a.Keeps = reader.Switch(); break;
                    case "no-subreaper": a.NoSubreaper = reader.Switch(); break;
                    default:
                        if (other?.Invoke(name) != true) throw reader.Unknown();
                        break;
                }
            }
            if (reader.NextPositional() is not { } id) break;
            if (a.Id.Length != 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: '{id}' is one argument too many");
            a.Id = id;
        }
        if (a.Id.Length == 0) a.Id = defaultId ?? throw new KeelsonException(ErrorKind.InvalidArgument, "command line: the container's ID is missing");
        return a;
    }

    /// <summary>The same for the library.</summary>
    /// <param name="makeConsoleSocket">Makes a console socket when the process has a terminal and the caller named none.</param>
    public CreateOptions ToOptions(Func<string>? makeConsoleSocket = null) => new()
    {
        Id = Id,
        Bundle = Bundle,
        ConsoleSocket = ConsoleSocket,
        MakeConsoleSocket = makeConsoleSocket,
        PidFile = PidFile,
        PidFdSocket = PidFdSocket,
        NoPivot = NoPivot,
        NoNewKeyring = NoNewKeyring,
        PreserveFds = PreserveFds,
        ListenFds = InheritedDescriptors.ListenFds,
        NotifySocket = NotifySocket,
    };
}
