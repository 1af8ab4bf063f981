namespace Keelson.Plugins;

/// <summary>What a plug-in says that it is.</summary>
internal sealed record ActivateAnswer(IReadOnlyList<string>? Implements);
