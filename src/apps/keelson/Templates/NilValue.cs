namespace Keelson.Cli.Templates;

/// <summary>A list, a map or an object that was never made: it is null in JSON, and prints as Go prints one.</summary>
internal sealed class NilValue
{
    private NilValue(string text) => Text = text;

    /// <summary>No list.</summary>
    public static NilValue List { get; } = new("[]");

    /// <summary>No map.</summary>
    public static NilValue Map { get; } = new("map[]");

    /// <summary>No object, no optional number.</summary>
    public static NilValue Object { get; } = new("<nil>");

    /// <summary>How it prints.</summary>
    public string Text { get; }
}
