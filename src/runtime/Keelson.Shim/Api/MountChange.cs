namespace Keelson.Shim.Api;

/// <summary>Mounts that a container which runs gets or loses: what Update carries in the place of limits. Shims and runtimes of others refuse it.</summary>
/// <remarks>The value is a JSON array of mounts, as config.json has them; of those that go the destination is enough.</remarks>
public static class MountChange
{
    /// <summary>The type of mounts that come.</summary>
    public const string Add = "types.keelson.io/v1/mounts.add";

    /// <summary>The type of mounts that go.</summary>
    public const string Remove = "types.keelson.io/v1/mounts.remove";
}
