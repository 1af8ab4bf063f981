using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>Settings of a container with what its image says, by docker's rules.</summary>
internal static class ImageDefaults
{
    /// <summary>Fills in what the settings leave to the image.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="image">The image's part.</param>
    /// <param name="id">The container's identity; its beginning is the host name when nobody chose one.</param>
    /// <param name="host">How it stands on its host; one on the host's network gets the host's, as docker.</param>
    /// <param name="hostname">The host's name.</param>
    /// <exception cref="KeelsonException">InvalidArgument: there is nothing to run.</exception>
    public static ContainerSettings Fill(ContainerSettings settings, ContainerConfig image, string id, HostSettings host, string hostname)
    {
        IReadOnlyList<string>? entrypoint = settings.Entrypoint, command = settings.Cmd;
        if (entrypoint is null or { Count: 0 })
        {
            // The image's command belongs to the image's entry point; who gives a command or an entry point gives it up.
            if (command is null or { Count: 0 }) command = image.Cmd;
            entrypoint ??= image.Entrypoint;
        }
        // One empty word is how a client takes the image's entry point away.
        if (entrypoint is [""]) entrypoint = null;
        if ((entrypoint?.Count ?? 0) + (command?.Count ?? 0) == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "No command specified");
        string user = settings.User ?? "", directory = settings.WorkingDir ?? "", stop = settings.StopSignal ?? "";
        if (directory.Length == 0) directory = image.WorkingDirectory ?? "";
        return settings with
        {
            Hostname = !string.IsNullOrEmpty(settings.Hostname) ? settings.Hostname : host.NetworkMode == "host" ? hostname : id[..12],
            Domainname = settings.Domainname ?? "",
            User = user.Length > 0 ? user : image.User ?? "",
            Env = Environment(settings.Env ?? [], image.Env ?? []),
            Cmd = command,
            Entrypoint = entrypoint,
            WorkingDir = directory.Length == 0 ? "" : PathText.Clean(directory),
            Labels = Merge(image.Labels, settings.Labels) ?? new Dictionary<string, string>(),
            Volumes = Merge(image.Volumes, settings.Volumes),
            ExposedPorts = Merge(image.ExposedPorts, settings.ExposedPorts),
            Healthcheck = Health(settings.Healthcheck, image.Healthcheck),
            StopSignal = stop.Length > 0 ? stop : string.IsNullOrEmpty(image.StopSignal) ? null : image.StopSignal,
            StopTimeoutSeconds = settings.StopTimeoutSeconds ?? image.StopTimeoutSeconds,
            Shell = settings.Shell ?? image.Shell,
            OnBuild = settings.OnBuild,
        };
    }

    private static List<string> Environment(IReadOnlyList<string> own, IReadOnlyList<string> image)
    {
        List<string> result = [.. own];
        foreach (string entry in image)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? entry : entry[..equals];
            if (!own.Any(variable => variable == name || variable.StartsWith(name + "=", StringComparison.Ordinal))) result.Add(entry);
        }
        return result;
    }

    private static IReadOnlyDictionary<string, T>? Merge<T>(IReadOnlyDictionary<string, T>? image, IReadOnlyDictionary<string, T>? own)
    {
        if (image is null or { Count: 0 }) return own;
        if (own is null or { Count: 0 }) return image;
        Dictionary<string, T> merged = new(image);
        foreach ((string key, T value) in own) merged[key] = value;
        return merged;
    }

    private static ImageHealthcheck? Health(ImageHealthcheck? own, ImageHealthcheck? image)
    {
        if (own is null) return image;
        if (image is null) return own;
        return own with
        {
            Test = own.Test is { Count: > 0 } ? own.Test : image.Test,
            IntervalNanoseconds = own.IntervalNanoseconds != 0 ? own.IntervalNanoseconds : image.IntervalNanoseconds,
            TimeoutNanoseconds = own.TimeoutNanoseconds != 0 ? own.TimeoutNanoseconds : image.TimeoutNanoseconds,
            StartPeriodNanoseconds = own.StartPeriodNanoseconds != 0 ? own.StartPeriodNanoseconds : image.StartPeriodNanoseconds,
            StartIntervalNanoseconds = own.StartIntervalNanoseconds != 0 ? own.StartIntervalNanoseconds : image.StartIntervalNanoseconds,
            Retries = own.Retries != 0 ? own.Retries : image.Retries,
        };
    }
}
