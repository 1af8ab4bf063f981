namespace Keelson.Plugins;

/// <summary>A question without anything in it.</summary>
public sealed record EmptyMessage;
