namespace Keelson.Registry.Tests.Upstream;

/// <summary>A request that came to an upstream.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Authorization">What it showed; empty for nothing.</param>
/// <param name="Range">The range that it wanted; empty for the whole.</param>
internal sealed record SeenRequest(string Method, string Target, string Authorization, string Range);
