using Keelson.Runtime;

namespace Keelson.RuntimeCli;

/// <summary>Options that come before the command.</summary>
internal sealed class GlobalOptions
{
    private string? root;
    private bool systemdCgroup;
    private bool? rootless;

    /// <summary>Where messages go besides standard error.</summary>
    public RuntimeLog Log { get; private set; } = new(null, "text", isDebug: false);

    /// <summary>Only the version is asked for.</summary>
    public bool ShowsVersion { get; private set; }

    /// <summary>Reads the options up to the command.</summary>
    public static GlobalOptions Parse(ArgumentReader reader)
    {
        GlobalOptions options = new();
        string? log = null;
        string format = "text";
        bool isDebug = false;
        while (reader.NextOption() is { } name)
        {
            switch (name)
            {
                case "root": options.root = Path.GetFullPath(reader.Value()); break;
                case "log": log = reader.Value(); break;
                case "log-format": format = reader.Value(); break;
                case "debug": isDebug = reader.Switch(); break;
                case "systemd-cgroup": options.systemdCgroup = reader.Switch(); break;
                case "cgroup-manager": options.systemdCgroup = reader.Value() == "systemd"; break;
                case "rootless": options.rootless = ParseRootless(reader.Value()); break;
                case "criu": reader.Value(); break;
                case "version" or "v": options.ShowsVersion = reader.Switch(); break;
                case "help" or "h": break;
                default: throw reader.Unknown();
            }
        }
        options.Log = new RuntimeLog(log, format, isDebug);
        return options;
    }

    /// <summary>The runtime with these settings.</summary>
    public ContainerRuntime NewRuntime()
    {
        RuntimeOptions defaults = new();
        return new ContainerRuntime(new RuntimeOptions
        {
            Root = root ?? defaults.Root,
            UsesSystemdCgroups = systemdCgroup,
            IsRootless = rootless,
            Warn = Log.Warning,
        });
    }

    private static bool? ParseRootless(string text) => text switch
    {
        "auto" => null,
        "true" => true,
        "false" => false,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --rootless: '{text}' is none of true, false, auto"),
    };
}
