namespace Keelson.Cni;

/// <summary>Versions of the interface, and what differs between them.</summary>
public static class CniVersions
{
    /// <summary>Those that are spoken, oldest first.</summary>
    public static IReadOnlyList<string> Supported { get; } = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

    /// <summary>The newest.</summary>
    public static string Newest => Supported[^1];

    /// <summary>What a configuration is of that does not say it. CNI 1.1 "Configuration format".</summary>
    public const string Unsaid = "0.1.0";

    /// <summary>Whether a version is spoken.</summary>
    public static bool IsSupported(string version) => Supported.Contains(version);

    /// <summary>Whether addresses of results say which version of IP they are of.</summary>
    public static bool SaysFamily(string version) => !IsAtLeast(version, "1.0.0");

    /// <summary>Whether a version is another one or newer. One that is not spoken is older than all.</summary>
    public static bool IsAtLeast(string version, string other) => Rank(version) >= Rank(other);

    private static int Rank(string version) => Supported.IndexOf(version);

    private static int IndexOf(this IReadOnlyList<string> versions, string version)
    {
        for (int i = 0; i < versions.Count; i++)
            if (versions[i] == version) return i;
        return -1;
    }
}
