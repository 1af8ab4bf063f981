namespace Keelson.Registry.Store;

/// <summary>What is kept of something, and which of its versions that was.</summary>
internal readonly record struct Versioned<T>(long Version, T Value) where T : class;
