namespace Keelson.Docker;

/// <summary>The engine leaves fields out that are empty, whether or not they were ever set.</summary>
internal static class Empty
{
    /// <summary><see langword="null"/> for an empty text.</summary>
    public static string? ToNull(string? value) => value is "" ? null : value;

    /// <summary><see langword="null"/> for an empty list.</summary>
    public static T[]? ToNull<T>(T[]? value) => value is [] ? null : value;

    /// <summary><see langword="null"/> for an empty dictionary.</summary>
    public static Dictionary<string, T>? ToNull<T>(Dictionary<string, T>? value) => value is { Count: 0 } ? null : value;
}
