using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>Identities of a container's own user namespace: 0 inside is <paramref name="HostId"/> outside, and so on.</summary>
/// <param name="HostId">The first one outside.</param>
/// <param name="Size">How many.</param>
internal readonly record struct UserMapping(uint HostId, uint Size)
{
    private const string Prefix = "remap:";

    /// <summary>Reads a mode of <see cref="HostSettings.UsernsMode"/>; <see langword="null"/> for one without a namespace.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static UserMapping? Parse(string mode)
    {
        if (mode is "" or "host") return null;
        string[] parts = mode.StartsWith(Prefix, StringComparison.Ordinal) ? mode[Prefix.Length..].Split(':') : [];
        if (parts.Length == 2 && uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint start)
            && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint size) && size > 0 && start > 0 && start <= uint.MaxValue - size)
            return new(start, size);
        throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid user namespace mode: {mode}");
    }

    /// <summary>The mapping as labels of snapshots have it.</summary>
    public string Label => string.Create(CultureInfo.InvariantCulture, $"0:{HostId}:{Size}");
}
