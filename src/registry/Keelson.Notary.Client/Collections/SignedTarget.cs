namespace Keelson.Notary.Client;

/// <summary>A target and who vouches for it.</summary>
/// <param name="Target">Name, length, digests.</param>
/// <param name="Role">The role that names it.</param>
public sealed record SignedTarget(TufTargetFile Target, string Role);
