using System.Globalization;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Creating;

/// <summary>Volumes, mounts, temporary file systems.</summary>
internal static class MountOptions
{
    /// <summary>Reads the options.</summary>
    public static void Apply(ContainerCreateRequest request, Arguments arguments)
    {
        HostConfig host = request.HostConfig!;
        List<string> binds = [];
        Dictionary<string, EmptyObject> volumes = [];
        foreach (string volume in arguments.List("volume"))
        {
            if (volume.Contains(':', StringComparison.Ordinal)) binds.Add(Absolute(volume));
            else volumes[volume] = EmptyObject.Value;
        }
        host.Binds = binds.Count > 0 ? [.. binds] : null;
        request.Volumes = volumes;
        host.VolumeDriver = arguments.Value("volume-driver") ?? "";
        host.VolumesFrom = arguments.ListOrNull("volumes-from");
        Dictionary<string, string> tmpfs = [];
        foreach (string mount in arguments.List("tmpfs"))
        {
            int colon = mount.IndexOf(':', StringComparison.Ordinal);
            tmpfs[colon < 0 ? mount : mount[..colon]] = colon < 0 ? "" : mount[(colon + 1)..];
        }
        host.Tmpfs = tmpfs;
        host.Mounts = [.. arguments.List("mount").Select(Parse)];
    }

    /// <summary>The daemon does not know this program's working directory.</summary>
    private static string Absolute(string bind)
    {
        int colon = bind.IndexOf(':', StringComparison.Ordinal);
        string source = bind[..colon];
        return source is "." or ".." || source.StartsWith("./", StringComparison.Ordinal) || source.StartsWith("../", StringComparison.Ordinal) ? Path.GetFullPath(source) + bind[colon..] : bind;
    }

    /// <summary>Reads a mount: <c>type=bind,source=/a,target=/b,readonly</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a field is not known, or not of this type.</exception>
    public static Mount Parse(string text)
    {
        Mount mount = new() { Type = "volume" };
        BindOptions bind = new();
        VolumeOptions volume = new();
        VolumeDriverConfig driver = new();
        TmpfsOptions tmpfs = new();
        List<string> labels = [], options = [];
        foreach (string field in KeyValues.Fields(text))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? field : field[..equals]).ToLowerInvariant(), value = equals < 0 ? "" : field[(equals + 1)..];
            bool isFlag = name is "readonly" or "ro" or "volume-nocopy" or "bind-nonrecursive";
            if (equals < 0 && !isFlag) throw Wrong(text, $"'{field}' is not name=value");
            switch (name)
            {
                case "type": mount.Type = value.ToLowerInvariant(); break;
                case "source" or "src": mount.Source = value; break;
                case "target" or "destination" or "dst": mount.Target = value; break;
                case "readonly" or "ro": mount.ReadOnly = IsSet(text, name, value); break;
                case "consistency": mount.Consistency = value.ToLowerInvariant(); break;
                case "bind-propagation": bind.Propagation = value.ToLowerInvariant(); break;
                case "bind-nonrecursive": bind.NonRecursive = IsSet(text, name, value); break;
                case "volume-nocopy": volume.NoCopy = IsSet(text, name, value); break;
                case "volume-label": labels.Add(value); break;
                case "volume-driver": driver.Name = value; break;
                case "volume-opt": options.Add(value); break;
                case "tmpfs-size": tmpfs.SizeBytes = ResourceOptions.Size("mount", value); break;
                case "tmpfs-mode": tmpfs.Mode = Mode(text, value); break;
                default: throw Wrong(text, $"'{name}' is not known");
            }
        }
        if (mount.Target is null) throw Wrong(text, "target is missing");
        driver.Options = KeyValues.Labels(options);
        volume.Labels = KeyValues.Labels(labels);
        VolumeOptions noVolume = new();
        if (volume != noVolume || driver != new VolumeDriverConfig()) volume.DriverConfig = driver;
        mount.VolumeOptions = Only(mount.Type == "volume", volume, noVolume, text, "volume");
        mount.BindOptions = Only(mount.Type == "bind", bind, new(), text, "bind");
        mount.TmpfsOptions = Only(mount.Type == "tmpfs", tmpfs, new(), text, "tmpfs");
        if (mount is { Type: "bind", Source: { } source } && source.StartsWith('.')) mount.Source = Path.GetFullPath(source);
        return mount;
    }

    private static T? Only<T>(bool isOfType, T options, T none, string text, string type) where T : class =>
        options.Equals(none) ? null : isOfType ? options : throw Wrong(text, $"it has options of another type: {type}");

    private static bool IsSet(string text, string name, string value) => value switch
    {
        "" or "1" or "true" => true,
        "0" or "false" => false,
        _ => throw Wrong(text, $"{name} is neither true nor false"),
    };

    private static uint Mode(string text, string value)
    {
        uint mode = 0;
        foreach (char digit in value)
            mode = digit is >= '0' and <= '7' && mode < 1 << 12 ? mode * 8 + (uint)(digit - '0') : throw Wrong(text, string.Create(CultureInfo.InvariantCulture, $"'{value}' is no mode"));
        return mode;
    }

    private static KeelsonException Wrong(string text, string cause) => new(ErrorKind.InvalidArgument, $"option --mount {text}: {cause}");
}
