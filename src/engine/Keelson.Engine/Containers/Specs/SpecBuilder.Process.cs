using Keelson.Oci;

namespace Keelson.Engine.Containers;

internal static partial class SpecBuilder
{
    /// <summary>Where programs are looked for when the image says nothing.</summary>
    public const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const string InitInside = "/sbin/docker-init";

    private static ProcessSpec Process(SpecInputs inputs, SecurityOptions security, string[] capabilities)
    {
        ContainerSettings settings = inputs.Container.Settings;
        HostSettings host = inputs.Container.Host;
        ProcessSpec process = new()
        {
            Terminal = settings.Tty,
            User = new() { Uid = inputs.Account.Uid, Gid = inputs.Account.Gid, AdditionalGids = inputs.Account.Groups },
            Args = HasInit(inputs) ? [InitInside, "--", .. inputs.Container.Words] : [.. inputs.Container.Words],
            Env = Environment(inputs),
            Cwd = string.IsNullOrEmpty(settings.WorkingDir) ? "/" : settings.WorkingDir,
            Capabilities = Sets(capabilities, inputs.Account.Uid == 0),
            NoNewPrivileges = security.NoNewPrivileges,
            OomScoreAdj = host.OomScoreAdj,
            Rlimits = [.. (host.Ulimits ?? []).Select(Limit)],
            ApparmorProfile = AppArmorProfile(host, security, inputs.Machine),
        };
        if (settings.Tty && host.ConsoleSize is [> 0, > 0]) process.ConsoleSize = new() { Height = (uint)host.ConsoleSize[0], Width = (uint)host.ConsoleSize[1] };
        return process;
    }

    /// <summary>The process of an exec, as docker makes it of the container's.</summary>
    public static ProcessSpec Process(SpecInputs inputs, ExecOptions exec)
    {
        HostSettings host = inputs.Container.Host;
        SecurityOptions security = SecurityOptions.Parse(host.SecurityOpt);
        string[] capabilities = exec.Privileged ? [.. inputs.Machine.Capabilities] : CapabilityChoice.Choose(host, inputs.Machine.Capabilities);
        ProcessSpec process = Process(inputs, security, capabilities);
        process.Terminal = exec.Tty;
        process.Args = [.. exec.Cmd];
        process.Env = [.. Merge(Environment(inputs, exec.Tty), exec.Env ?? [])];
        process.ConsoleSize = null;
        if (!string.IsNullOrEmpty(exec.WorkingDir)) process.Cwd = exec.WorkingDir;
        return process;
    }

    /// <summary>The profile of AppArmor, also <c>unconfined</c>; <see langword="null"/>: there is none to be had. A profile that is named holds for a privileged container too.</summary>
    public static string? AppArmorProfile(HostSettings host, SecurityOptions security, MachineFacts machine) => security.AppArmor switch
    {
        _ when !machine.HasAppArmor => null,
        null => host.Privileged ? "unconfined" : machine.AppArmorProfile,
        // Who names docker's means the engine's own; that one is there with dockerd alone.
        "docker-default" => machine.AppArmorProfile ?? "docker-default",
        { } named => named,
    };

    internal static bool HasInit(SpecInputs inputs) => inputs.Container.Host.Init == true && inputs.Container.Host.PidMode.Length == 0;

    // A user other than 0 has its capabilities only through programs that have them.
    private static CapabilitySets Sets(string[] capabilities, bool isRoot) => new() { Bounding = capabilities, Effective = isRoot ? capabilities : null, Permitted = isRoot ? capabilities : null };

    private static string[] Environment(SpecInputs inputs, bool? terminal = null)
    {
        List<string> first = [DefaultPath, "HOSTNAME=" + (Hostname(inputs) ?? inputs.Container.Settings.Hostname ?? inputs.Container.ShortId)];
        if (terminal ?? inputs.Container.Settings.Tty) first.Add("TERM=xterm");
        first.AddRange(inputs.LinkVariables);
        return [.. Merge(first, inputs.Container.Settings.Env ?? [])];
    }

    /// <summary>Variables with others that take their place or follow them; a name without a value takes a variable away.</summary>
    public static List<string> Merge(IReadOnlyList<string> variables, IReadOnlyList<string> over)
    {
        List<string> result = [.. variables];
        foreach (string entry in over)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            string prefix = (equals < 0 ? entry : entry[..equals]) + "=";
            int at = result.FindIndex(variable => variable.StartsWith(prefix, StringComparison.Ordinal));
            if (equals < 0)
            {
                if (at >= 0) result.RemoveAt(at);
            }
            else if (at >= 0) result[at] = entry;
            else result.Add(entry);
        }
        return result;
    }

    private static RlimitSpec Limit(Ulimit limit)
    {
        if (!Enum.TryParse("RLIMIT_" + limit.Name.ToUpperInvariant(), out RlimitKind kind)) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid ulimit type: {limit.Name}");
        if (limit.Hard != -1 && (limit.Soft == -1 || limit.Soft > limit.Hard))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"ulimit soft limit must be less than or equal to hard limit: {limit.Soft} > {limit.Hard}");
        return new() { Type = kind, Soft = unchecked((ulong)limit.Soft), Hard = unchecked((ulong)limit.Hard) };
    }
}
