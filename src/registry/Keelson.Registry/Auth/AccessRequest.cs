namespace Keelson.Registry.Auth;

/// <summary>A right that a request needs.</summary>
/// <param name="Repository">The repository; empty for <see cref="RegistryAction.Catalog"/> and <see cref="RegistryAction.Probe"/>.</param>
/// <param name="Action">What it does there.</param>
public readonly record struct AccessRequest(string Repository, RegistryAction Action);
