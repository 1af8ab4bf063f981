namespace Keelson.Engine.Containers;

/// <summary>Reads binds as people write them: <c>[SOURCE:]TARGET[:OPTIONS]</c>.</summary>
internal static class VolumeText
{
    private static readonly string[] Propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

    /// <summary>Reads a bind or volume.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static MountPoint Parse(string text)
    {
        string[] parts = text.Split(':');
        (string source, string target, string mode) = parts switch
        {
            [{ Length: > 0 } only] => ("", only, ""),
            // Two paths, or a target with its options.
            [{ Length: > 0 } first, { Length: > 0 } second] when second.StartsWith('/') => (first, second, ""),
            [{ Length: > 0 } first, { Length: > 0 } second] when first.StartsWith('/') && IsMode(second) => ("", first, second),
            [{ Length: > 0 } first, { Length: > 0 } second, { Length: > 0 } third] => (first, second, third),
            _ => throw Wrong(text),
        };
        if (!target.StartsWith('/')) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid volume specification: '{text}': invalid mount config for type \"volume\": invalid mount path: '{target}' mount path must be absolute");
        string destination = PathText.Clean(target);
        if (destination == "/") throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid volume specification: '{text}': invalid mount config: destination can't be '/'");
        if (mode.Length > 0 && !IsMode(mode)) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid mode: {mode}");
        string[] words = mode.Length == 0 ? [] : mode.Split(',');
        string propagation = words.FirstOrDefault(Propagations.Contains) ?? "";
        bool isWritable = !words.Contains("ro");
        if (source.StartsWith('/'))
        {
            if (words.Contains("nocopy") || words.Contains("copy")) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid mode: {mode}");
            return new("bind", "", PathText.Clean(source), destination, Mode: mode, IsWritable: isWritable, Propagation: propagation.Length > 0 ? propagation : "rprivate");
        }
        if (propagation.Length > 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid mode: {mode}");
        string name = source.Length == 0 ? "" : ContainerName.IsValid(source) ? source
            : throw new KeelsonException(ErrorKind.InvalidArgument, $"create {source}: \"{source}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path");
        return new("volume", name, "", destination, "local", mode.Length > 0 ? mode : name.Length > 0 ? "z" : "", isWritable) { IsAnonymous = name.Length == 0, Copies = !words.Contains("nocopy") };
    }

    private static bool IsMode(string mode)
    {
        int access = 0, labels = 0, spread = 0, copies = 0, consistency = 0;
        foreach (string word in mode.Split(','))
        {
            if (word is "ro" or "rw") access++;
            else if (word is "z" or "Z") labels++;
            else if (Propagations.Contains(word)) spread++;
            else if (word is "copy" or "nocopy") copies++;
            else if (word is "consistent" or "cached" or "delegated" or "default") consistency++;
            else return false;
        }
        return access <= 1 && labels <= 1 && spread <= 1 && copies <= 1 && consistency <= 1;
    }

    private static KeelsonException Wrong(string text) => new(ErrorKind.InvalidArgument, $"invalid volume specification: '{text}'");
}
