namespace Keelson.Build;

/// <summary>Arguments of an instruction in the form that its keyword has.</summary>
/// <param name="Words">Words, or one text.</param>
/// <param name="IsList">Whether they are a JSON list.</param>
internal sealed record ParsedArguments(IReadOnlyList<string> Words, bool IsList = false)
{
    /// <summary>Pairs of ENV and LABEL.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Pairs { get; init; } = [];

    /// <summary>The first word of HEALTHCHECK in upper case.</summary>
    public string Kind { get; init; } = "";
}
