namespace Keelson.DockerApi.Tests.Volumes;

/// <summary>A daemon that finds a plug-in for volumes.</summary>
public sealed class PluggedDaemon : DaemonWithClients
{
    public PluggedDaemon() : this(new VolumePluginProcess())
    {
    }

    private PluggedDaemon(VolumePluginProcess plugin) : base(isNetworked: false, _ => $"""
        [docker]
        volume_plugin_folder = "{plugin.Sockets}"

        """) => Plugin = plugin;

    /// <summary>The time as clients of events take it, to the microsecond: what has just happened is before it.</summary>
    public static string Now => TimeProvider.System.GetUtcNow().Subtract(DateTimeOffset.UnixEpoch).TotalSeconds.ToString("F6", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The plug-in <c>pv</c>.</summary>
    public VolumePluginProcess Plugin { get; }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Plugin.Dispose();
    }
}
