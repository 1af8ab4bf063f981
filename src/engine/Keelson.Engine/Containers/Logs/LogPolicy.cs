using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>How a container's output is kept.</summary>
/// <param name="Driver"><see cref="JsonFile"/>, <see cref="Local"/> or <see cref="None"/>.</param>
/// <param name="LimitBytes">Length at which a file is followed by the next; 0 for no limit.</param>
/// <param name="Files">How many files are kept, the newest included.</param>
internal sealed record LogPolicy(string Driver, long LimitBytes, int Files)
{
    /// <summary>Names of drivers.</summary>
    public const string JsonFile = "json-file", Local = "local", None = "none";

    private const long LocalLimitBytes = 20 << 20;
    private const int LocalFiles = 5;

    /// <summary>Whether anything is kept.</summary>
    public bool Keeps => Driver != None;

    /// <summary>Whether the options ask for compressed files, which are not made.</summary>
    public bool AsksForCompression { get; private init; }

    /// <summary>Labels whose values go into each line; of the option <c>labels</c>.</summary>
    public IReadOnlyList<string> Labels { get; private init; } = [];

    /// <summary>Variables whose values go into each line; of the option <c>env</c>.</summary>
    public IReadOnlyList<string> Variables { get; private init; } = [];

    /// <summary>A text that goes into each line.</summary>
    public string Tag { get; private init; } = "";

    /// <summary>Reads settings.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: driver or option are unknown, or a value is none.</exception>
    public static LogPolicy Parse(LogSettings settings)
    {
        string driver = settings.Type.Length == 0 ? JsonFile : settings.Type;
        LogPolicy policy = driver switch
        {
            JsonFile => new(driver, 0, 1),
            Local => new(driver, LocalLimitBytes, LocalFiles),
            None => new(driver, 0, 1),
            _ => throw Wrong($"logger: no log driver named '{driver}' is registered"),
        };
        foreach ((string key, string value) in settings.Config)
        {
            policy = key switch
            {
                "max-size" => policy with { LimitBytes = Bytes(value) },
                "max-file" => policy with { Files = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int files) && files > 0 ? files : throw Wrong($"max-file cannot be less than 1: '{value}'") },
                "compress" => policy with { AsksForCompression = bool.TryParse(value, out bool flag) ? flag : throw Wrong($"invalid value for compress: '{value}'") },
                "labels" when driver == JsonFile => policy with { Labels = Words(value) },
                "env" when driver == JsonFile => policy with { Variables = Words(value) },
                "tag" when driver == JsonFile => policy with { Tag = value },
                // How the daemon hands lines to the file: here no line is ever lost, and nothing waits.
                "mode" or "max-buffer-size" => policy,
                _ => throw Wrong($"unknown log opt '{key}' for {driver} log driver"),
            };
        }
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
