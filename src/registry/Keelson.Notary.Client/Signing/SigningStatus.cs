namespace Keelson.Notary.Client;

/// <summary>How far one role of a signing file is.</summary>
/// <param name="Role">The role.</param>
/// <param name="Version">The version that it gets.</param>
/// <param name="Signed">How many distinct keys of the role signed.</param>
/// <param name="Threshold">How many must sign.</param>
/// <param name="Missing">Keys that may still sign, by the names of their files.</param>
/// <param name="Changes">What it changes, in words.</param>
public sealed record SigningStatus(string Role, long Version, int Signed, int Threshold, IReadOnlyList<string> Missing, IReadOnlyList<string> Changes)
{
    /// <summary>Whether enough have signed.</summary>
    public bool IsComplete => Signed >= Threshold;
}
