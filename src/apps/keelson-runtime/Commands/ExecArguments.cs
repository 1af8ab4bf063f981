using System.Globalization;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary>The command line of <c>exec</c>, and the process it describes.</summary>
internal sealed class ExecArguments
{
    private const int MaximumProcessFileBytes = 16 << 20;
    private readonly List<string> environment = [], capabilities = [];
    private readonly List<uint> additionalGids = [];
    private string? processFile, cwd, user, apparmor, label;
    private bool? isTerminal, noNewPrivileges;
    private string[] command = [];

    public string Id { get; private set; } = "";
    public string? ConsoleSocket { get; private set; }
    public string? PidFile { get; private set; }
    public string? PidFdSocket { get; private set; }
    public string? SubCgroup { get; private set; }
    public string[] SubCgroupControllers { get; private set; } = [];
    public bool IsDetached { get; private set; }
    public bool IgnoresPaused { get; private set; }
    public int PreserveFds { get; private set; }

    /// <summary>Reads the command line. Options end at the name: what follows is the command's own.</summary>
    public static ExecArguments Parse(ArgumentReader reader) => Parse(reader, readsCommand: true);

    private static ExecArguments Parse(ArgumentReader reader, bool readsCommand)
    {
        ExecArguments a = new();
        while (reader.NextOption() is { } name) a.Option(name, reader);
        a.Id = reader.RequirePositional("the container's ID");
        if (!readsCommand) return a;
        a.command = reader.Rest();
        if (a.processFile is null && a.command.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "command line: exec takes a container's ID and a command, or --process");
        return a;
    }

    /// <summary>Where the command that an <c>exec</c> runs begins in a command line.</summary>
    /// <param name="arguments">The whole line.</param>
    /// <param name="start">Where the name of the runtime's own command stands.</param>
    /// <returns>The end of the line for every other command, and for a line that <see cref="Parse(ArgumentReader)"/> will refuse.</returns>
    public static int FindCommand(string[] arguments, int start)
    {
        ArgumentReader reader = new(arguments[start..]);
        if (reader.NextPositional() != "exec") return arguments.Length;
        try
        {
            _ = Parse(reader, readsCommand: false);
        }
        catch (KeelsonException)
        {
            return arguments.Length;
        }
        return start + reader.Position;
    }

    /// <summary>The process: that of the file, or the container's own with the changes of the command line.</summary>
    public ProcessSpec ToProcess(Container container)
    {
        if (processFile is not null)
        {
            ProcessSpec fromFile = ProcessSpecParser.Parse(Files.ReadAll(processFile, MaximumProcessFileBytes).Span);
            if (isTerminal is { } tty) fromFile.Terminal = tty;
            return fromFile;
        }
        ProcessSpec process = container.Spec.Process ?? new ProcessSpec { Cwd = "/" };
        process.Args = command;
        process.Terminal = isTerminal ?? false;
        process.ConsoleSize = null;
        if (cwd is not null) process.Cwd = cwd;
        if (environment.Count > 0) process.Env = [.. process.Env, .. environment];
        if (user is not null) ApplyUser(process.User, user);
        if (additionalGids.Count > 0) process.User.AdditionalGids = [.. process.User.AdditionalGids, .. additionalGids];
        if (apparmor is not null) process.ApparmorProfile = apparmor;
        if (label is not null) process.SelinuxLabel = label;
        if (noNewPrivileges is { } flag) process.NoNewPrivileges = flag;
        if (capabilities.Count > 0) AddCapabilities(process);
        return process;
    }

    private void Option(string name, ArgumentReader reader)
    {
        switch (name)
        {
            case "process" or "p": processFile = reader.Value(); break;
            case "console-socket": ConsoleSocket = reader.Value(); break;
            case "pid-file": PidFile = reader.Value(); break;
            case "pidfd-socket": PidFdSocket = reader.Value(); break;
            case "cwd": cwd = reader.Value(); break;
            case "env" or "e": environment.Add(reader.Value()); break;
            case "tty" or "t": isTerminal = reader.Switch(); break;
            case "user" or "u": user = reader.Value(); break;
            case "additional-gids" or "g": additionalGids.Add(Number(reader.Value(), "--additional-gids")); break;
            case "detach" or "d": IsDetached = reader.Switch(); break;
            case "process-label": label = reader.Value(); break;
            case "apparmor": apparmor = reader.Value(); break;
            case "no-new-privs": noNewPrivileges = reader.Switch(); break;
            case "cap" or "c": capabilities.Add(reader.Value()); break;
            case "preserve-fds": PreserveFds = (int)Math.Clamp(reader.Number(), 0, 1024); break;
            case "cgroup": ReadSubCgroup(reader.Value()); break;
            case "ignore-paused": IgnoresPaused = reader.Switch(); break;
            case "no-subreaper": reader.Switch(); break;
            default: throw reader.Unknown();
        }
    }

    /// <summary>Reads <c>PATH</c>, or <c>CONTROLLER[,CONTROLLER…]:PATH</c> for some hierarchies of v1.</summary>
    private void ReadSubCgroup(string text)
    {
        int colon = text.IndexOf(':');
        SubCgroup = text[(colon + 1)..];
        if (colon >= 0) SubCgroupControllers = text[..colon].Split(',');
    }

    /// <summary>Reads <c>UID[:GID]</c>: numbers of 32 bits without signs or blanks, nothing left out.</summary>
    private static void ApplyUser(UserSpec target, string text)
    {
        int colon = text.IndexOf(':');
        target.Uid = Number(colon < 0 ? text : text[..colon], "--user");
        target.AdditionalGids = [];
        target.Gid = colon < 0 ? target.Gid : Number(text[(colon + 1)..], "--user");
    }

    /// <summary>An ID. 2^32 - 1 is no ID: the kernel takes it for "leave it".</summary>
    private static uint Number(string text, string option)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue) return id;
        throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option {option}: '{text}' is not a numeric ID");
    }

    /// <summary>
    /// Neither inheritable nor ambient: with the first, a program with file capabilities would get more than the process has (CVE-2022-29162), and there are
    /// no ambient ones without it.
    /// </summary>
    private void AddCapabilities(ProcessSpec process)
    {
        CapabilitySets sets = process.Capabilities ??= new CapabilitySets();
        string[] added = [.. capabilities];
        sets.Bounding = [.. sets.Bounding ?? [], .. added];
        sets.Effective = [.. sets.Effective ?? [], .. added];
        sets.Permitted = [.. sets.Permitted ?? [], .. added];
    }
}
