using System.Text.Json;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Shim.Launch;

/// <summary>The shim that containers share: where it listens, and how a daemon that is connected to it brings it one more without starting a program.</summary>
public static class SharedShim
{
    /// <summary>The variable by which a daemon says who shares.</summary>
    public const string GroupVariable = "KEELSON_SHIM_GROUP";

    /// <summary>Its value for a shim of its own for each container, unless the bundle says otherwise.</summary>
    public const string ByContainer = "container";

    /// <summary>Its value for a shim of its own whatever the bundle says: the one to share does not answer.</summary>
    public const string Alone = "alone";

    private const string WholeNamespace = "@namespace";

    /// <summary>The address of the shim that serves a container, whether it runs or not.</summary>
    /// <param name="daemon">Socket of the daemon, as shims are given it.</param>
    /// <param name="space">Namespace of the container.</param>
    /// <param name="id">The container.</param>
    /// <param name="config">Its <c>config.json</c>.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the configuration is no JSON.</exception>
    public static string AddressOf(string daemon, string space, string id, ReadOnlySpan<byte> config)
    {
        try
        {
            return "unix://" + ShimSocket.PathFor(daemon, space, Group(id, BundleConfig.Parse(config)));
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read the configuration of {id}", e);
        }
    }

    /// <summary>The address at which callers look for the shim of one container when they know nothing of shared ones, as <c>ctr shim</c> does.</summary>
    public static string OwnAddressOf(string daemon, string space, string id) => "unix://" + ShimSocket.PathFor(daemon, space, id);

    /// <summary>Keeps a shim for a container that is about to be created.</summary>
    /// <exception cref="TtrpcException">Unavailable: the shim ends.</exception>
    public static async Task ReserveAsync(TtrpcClient connection, string id, CancellationToken cancellationToken = default) =>
        await CallAsync(connection, "Reserve", id, cancellationToken).ConfigureAwait(false);

    /// <summary>Gives a reservation back.</summary>
    public static async Task ForgetAsync(TtrpcClient connection, string id, CancellationToken cancellationToken = default) =>
        await CallAsync(connection, "Forget", id, cancellationToken).ConfigureAwait(false);

    /// <summary>Who shares a shim: all of the namespace, unless the bundle or <see cref="GroupVariable"/> says otherwise.</summary>
    internal static string Group(string id, BundleConfig config)
    {
        string? asked = Environment.GetEnvironmentVariable(GroupVariable);
        if (asked == Alone) return id;
        if (config.Group is { } annotated) return annotated.Length == 0 ? id : annotated;
        return asked == ByContainer ? id : WholeNamespace;
    }

    private static Task<ReadOnlyMemory<byte>> CallAsync(TtrpcClient connection, string method, string id, CancellationToken cancellationToken) =>
        connection.CallAsync(new TtrpcRequest(ShimServer.ShimService, method, new ProcessRequest(id).ToBytes()), cancellationToken);
}
