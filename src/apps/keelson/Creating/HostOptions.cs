using System.Text.Json;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Creating;

/// <summary>Privileges, namespaces, logging, restart: what of a container concerns the host.</summary>
internal static class HostOptions
{
    /// <summary>Reads the options.</summary>
    public static void Apply(HostConfig host, Arguments arguments)
    {
        host.ContainerIDFile = arguments.Value("cidfile") ?? "";
        host.LogConfig = new() { Type = arguments.Value("log-driver") ?? "", Config = KeyValues.Pairs("log-opt", arguments.List("log-opt")) };
        host.RestartPolicy = Restart(arguments.Value("restart") ?? "no");
        host.AutoRemove = arguments.Flag("rm");
        if (host.AutoRemove && host.RestartPolicy.Name is not ("no" or "")) throw new KeelsonException(ErrorKind.InvalidArgument, "options --rm and --restart exclude each other");
        host.CapAdd = arguments.ListOrNull("cap-add");
        host.CapDrop = arguments.ListOrNull("cap-drop");
        host.CgroupnsMode = arguments.Value("cgroupns") ?? "";
        host.GroupAdd = arguments.ListOrNull("group-add");
        host.IpcMode = arguments.Value("ipc") ?? "";
        host.PidMode = arguments.Value("pid") ?? "";
        host.UTSMode = arguments.Value("uts") ?? "";
        host.UsernsMode = arguments.Value("userns") ?? "";
        host.OomScoreAdj = (int)(arguments.Number("oom-score-adj") ?? 0);
        host.Privileged = arguments.Flag("privileged");
        host.PublishAllPorts = arguments.Flag("publish-all");
        host.ReadonlyRootfs = arguments.Flag("read-only");
        host.StorageOpt = KeyValues.Pairs("storage-opt", arguments.List("storage-opt"));
        host.Sysctls = KeyValues.Pairs("sysctl", arguments.List("sysctl"));
        host.Runtime = arguments.Value("runtime");
        host.ConsoleSize = [0, 0];
        host.Isolation = arguments.Value("isolation") ?? "";
        if (arguments.Value("shm-size") is { } size) host.ShmSize = ResourceOptions.Size("shm-size", size);
        if (arguments.Has("init")) host.Init = arguments.Flag("init");
        if (arguments.Has("security-opt")) Security(host, arguments.List("security-opt"));
    }

    /// <summary>Reads a restart policy: <c>on-failure:3</c>.</summary>
    public static RestartPolicy Restart(string text)
    {
        string[] parts = text.Split(':');
        RestartPolicy policy = new() { Name = parts[0] };
        if (parts.Length == 1) return policy;
        if (parts.Length > 2 || !int.TryParse(parts[1], out int count) || count < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"option --restart: '{text}' is no policy, such as on-failure:3");
        return policy with { MaximumRetryCount = count };
    }

    private static void Security(HostConfig host, IReadOnlyList<string> options)
    {
        List<string> result = [];
        foreach (string option in options)
        {
            int at = option.AsSpan().IndexOfAny('=', ':');
            string name = at < 0 ? option : option[..at], value = at < 0 ? "" : option[(at + 1)..];
            if (name == "systempaths" && value == "unconfined") (host.MaskedPaths, host.ReadonlyPaths) = ([], []);
            else if (name == "seccomp" && value is not ("unconfined" or "builtin" or "")) result.Add("seccomp=" + Profile(value));
            else if (at < 0 && name != "no-new-privileges") throw new KeelsonException(ErrorKind.InvalidArgument, $"option --security-opt: '{option}' is not name=value");
            else result.Add(option);
        }
        host.SecurityOpt = [.. result];
    }

    /// <summary>The daemon does not read the client's files: it gets the profile itself.</summary>
    private static string Profile(string file)
    {
        try
        {
            using JsonDocument profile = JsonDocument.Parse(File.ReadAllBytes(file));
            using MemoryStream compact = new();
            using (Utf8JsonWriter writer = new(compact)) profile.WriteTo(writer);
            return System.Text.Encoding.UTF8.GetString(compact.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read seccomp profile {file}: {e.Message}");
        }
    }
}
