using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>How a container's output is kept.</summary>
/// <param name="Driver"><see cref="JsonFile"/>, <see cref="Local"/>, <see cref="Journald"/> or <see cref="None"/>.</param>
/// <param name="LimitBytes">Length at which a file is followed by the next; 0 for no limit.</param>
/// <param name="Files">How many files are kept, the newest included.</param>
internal sealed record LogPolicy(string Driver, long LimitBytes, int Files)
{
    /// <summary>Names of drivers.</summary>
    public const string JsonFile = "json-file", Local = "local", Journald = "journald", None = "none";

    /// <summary>Names of all drivers.</summary>
    public static IReadOnlyList<string> Drivers { get; } = [Journald, JsonFile, Local, None];

    private const long LocalLimitBytes = 20 << 20;
    private const int LocalFiles = 5;

    /// <summary>Whether anything is kept.</summary>
    public bool Keeps => Driver != None;

    /// <summary>Whether it is kept in files of our own.</summary>
    public bool IsInFiles => Driver is JsonFile or Local;

    /// <summary>Whether lines may have labels, variables and a tag with them.</summary>
    private bool HasAttributes => Driver is JsonFile or Journald;

    /// <summary>Whether all files but the newest are compressed.</summary>
    public bool Compresses { get; private init; }

    /// <summary>Labels whose values go into each line; of the options <c>labels</c> and <c>labels-regex</c>.</summary>
    public NameChoice Labels { get; private init; } = NameChoice.None;

    /// <summary>Variables whose values go into each line; of the options <c>env</c> and <c>env-regex</c>.</summary>
    public NameChoice Variables { get; private init; } = NameChoice.None;

    /// <summary>A text that goes into each line, with words in braces such as <c>{{.Name}}</c>; empty for the driver's own.</summary>
    public string Tag { get; private init; } = "";

    /// <summary>Reads settings.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: driver or option are unknown, or a value is none.</exception>
    public static LogPolicy Parse(LogSettings settings)
    {
        string driver = settings.Type.Length == 0 ? JsonFile : settings.Type;
        LogPolicy policy = driver switch
        {
            JsonFile => new(driver, 0, 1),
            Local => new(driver, LocalLimitBytes, LocalFiles) { Compresses = true },
            Journald or None => new(driver, 0, 1),
            _ => throw Wrong($"error looking up logging plugin {driver}: plugin \"{driver}\" not found"),
        };
        foreach ((string key, string value) in settings.Config)
        {
            policy = key switch
            {
                "max-size" when policy.IsInFiles => policy with { LimitBytes = Bytes(value) },
                "max-file" when policy.IsInFiles => policy with { Files = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int files) && files > 0 ? files : throw Wrong($"max-file cannot be less than 1: '{value}'") },
                "compress" when policy.IsInFiles => policy with { Compresses = bool.TryParse(value, out bool flag) ? flag : throw Wrong($"invalid value for compress: '{value}'") },
                "labels" when policy.HasAttributes => policy with { Labels = policy.Labels with { Names = Words(value) } },
                "labels-regex" when policy.HasAttributes => policy with { Labels = policy.Labels.Matching(value) },
                "env" when policy.HasAttributes => policy with { Variables = policy.Variables with { Names = Words(value) } },
                "env-regex" when policy.HasAttributes => policy with { Variables = policy.Variables.Matching(value) },
                "tag" when policy.HasAttributes => policy with { Tag = LogAttributes.CheckTag(value) },
                // How the daemon hands lines to the file: here no line is ever lost, and nothing waits.
                "mode" or "max-buffer-size" => policy,
                _ => throw Wrong($"unknown log opt '{key}' for {driver} log driver"),
            };
        }
        if (policy.Compresses && (policy.Files < 2 || policy.LimitBytes <= 0))
            return settings.Config.ContainsKey("compress") ? throw Wrong("compress cannot be true when max-file is less than 2 or max-size is not set") : policy with { Compresses = false };
        return policy;
    }

    /// <summary>Reads a size as docker does: <c>10m</c> is 10 MiB; -1 is none.</summary>
    internal static long Bytes(string text)
    {
        if (text == "-1") return 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim().TrimEnd("bB").TrimEnd("iI");
        int shift = rest.IsEmpty ? -1 : char.ToLowerInvariant(rest[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        if (shift > 0) rest = rest[..^1];
        if (shift < 0 || !double.TryParse(rest, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number <= 0 || number * (1L << shift) > long.MaxValue / 2)
            throw Wrong($"invalid size: '{text}'");
        return (long)(number * (1L << shift));
    }

    private static string[] Words(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static KeelsonException Wrong(string message) => new(ErrorKind.InvalidArgument, message);
}
