namespace Keelson.Registry.Limits;

/// <summary>How often something may be done.</summary>
/// <param name="PerSecond">How often in a second, on average; above 0.</param>
/// <param name="Burst">How often at once after a pause; 1 at least.</param>
public sealed record RateLimit(double PerSecond, int Burst);
