namespace Keelson.Cli.Templates;

/// <summary>A list or a map that was never made: it prints as an empty one, and is null in JSON.</summary>
internal sealed class EmptyCollection
{
    private EmptyCollection(string text) => Text = text;

    /// <summary>No list.</summary>
    public static EmptyCollection List { get; } = new("[]");

    /// <summary>No map.</summary>
    public static EmptyCollection Map { get; } = new("map[]");

    /// <summary>How it prints.</summary>
    public string Text { get; }
}
