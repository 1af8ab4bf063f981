namespace Keelson.Docker;

/// <summary>A member of a set: <c>{}</c>.</summary>
public sealed record EmptyObject
{
    /// <summary>The one there is.</summary>
    public static EmptyObject Value { get; } = new();
}
