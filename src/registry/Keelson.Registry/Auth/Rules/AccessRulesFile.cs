using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>Access rules in a JSON file, read again when it changes.</summary>
public sealed class AccessRulesFile
{
    private const int MaxFileBytes = 4 << 20;
    private readonly WatchedFile<AccessRules> file;

    /// <summary>Reads the file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="log">Is told when a changed file cannot be used.</param>
    /// <exception cref="KeelsonException">It cannot be read; InvalidArgument: it is not right.</exception>
    public AccessRulesFile(string path, ILogger? log = null) => file = new("access rules", path, MaxFileBytes, contents => AccessRules.Parse(contents.Span), log);

    /// <summary>The rules as they are now.</summary>
    /// <exception cref="KeelsonException">Unavailable: the file became unreadable or wrong.</exception>
    public AccessRules Current => file.Current;
}
