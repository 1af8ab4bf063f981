namespace Keelson.Distribution.Tests;

/// <summary>A request that a server of a test got.</summary>
internal sealed record Request(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Path => Target.Split('?')[0];

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>First and last byte that are asked for; <see langword="null"/> when all are.</summary>
    public (long First, long Last)? Range
    {
        get
        {
            if (Header("Range") is not { } text) return null;
            string[] parts = text["bytes=".Length..].Split('-');
            return (long.Parse(parts[0]), long.Parse(parts[1]));
        }
    }
}
