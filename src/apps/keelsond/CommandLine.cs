namespace Keelson.Daemon;

/// <summary>What the command line says; an option that is not there is <see langword="null"/>.</summary>
internal sealed record CommandLine
{
    public string? Root { get; private set; }
    public string? State { get; private set; }
    public string? Address { get; private set; }
    public string? DockerAddress { get; private set; }
    public string? Bridge { get; private set; }
    public string? Dashboard { get; private set; }
    public string? Config { get; private set; }
    public string? LogLevel { get; private set; }
    public string? LogDriver { get; private set; }
    public string? TrustPolicy { get; private set; }
    /// <summary>Options of that driver, <c>KEY=VALUE</c>.</summary>
    public List<string> LogOptions { get; } = [];
    public string? LogFormat { get; private set; }
    /// <summary>The command; <see langword="null"/> for the daemon itself.</summary>
    public string? Command { get; private set; }

    /// <summary>Topic of an event to publish.</summary>
    public string? Topic { get; private set; }

    /// <summary>Namespace of an event to publish.</summary>
    public string? Namespace { get; private set; }

    public bool ShowsVersion { get; private set; }
    public bool ShowsHelp { get; private set; }

    /// <summary>Reads <c>--name value</c> and <c>--name=value</c>; one dash does as well, as containerd's.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: an option is unknown or lacks its value.</exception>
    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        CommandLine line = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "-h" or "-help" or "--help") line.ShowsHelp = true;
            else if (argument is "-v" or "-version" or "--version") line.ShowsVersion = true;
            else if (argument == "publish" && line.Command is null) line.Command = argument;
            else
            {
                int equals = argument.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? argument : argument[..equals];
                if (!IsKnown(name)) throw Wrong($"'{argument}' is no option; see keelsond --help");
                if (equals < 0 && i + 1 == arguments.Length) throw Wrong($"option {name}: its value is missing");
                line.Set(name, equals < 0 ? arguments[++i] : argument[(equals + 1)..]);
            }
        }
        return line;
    }

    private static bool IsKnown(string name) => name.TrimStart('-') is "root" or "state" or "address" or "a" or "docker-address" or "dashboard" or "bridge" or "b" or "config" or "c" or "log-level" or "l" or "log-format" or "log-driver" or "log-opt" or "trust-policy" or "topic" or "namespace" && name[0] == '-';

    private void Set(string name, string value)
    {
        switch (name.TrimStart('-'))
        {
            case "root": Root = value; break;
            case "state": State = value; break;
            case "address" or "a": Address = value; break;
            case "docker-address": DockerAddress = value; break;
            case "dashboard": Dashboard = value; break;
            case "bridge" or "b": Bridge = value; break;
            case "config" or "c": Config = value; break;
            case "log-level" or "l": LogLevel = value; break;
            case "log-driver": LogDriver = value; break;
            case "trust-policy": TrustPolicy = value; break;
            case "log-opt": LogOptions.Add(value); break;
            case "topic": Topic = value; break;
            case "namespace": Namespace = value; break;
            default: LogFormat = value; break;
        }
    }

    private static KeelsonException Wrong(string message) => new(ErrorKind.InvalidArgument, "command line: " + message);
}
