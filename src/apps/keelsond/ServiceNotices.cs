using Keelson.Daemon.Logging;
using Keelson.Linux;
using Keelson.Linux.Services;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon;

/// <summary>Tells the service manager how a daemon fares; what it cannot be told is in the log.</summary>
internal sealed class ServiceNotices(ILogger logger)
{
    private readonly ServiceManager manager = ServiceManager.Take();

    /// <summary>Clients can be served.</summary>
    public void Ready() => Hear(manager.TryTellReady());

    /// <summary>It was asked to stop.</summary>
    public void Stops() => Hear(manager.TryTellStopping());

    /// <summary>Its end takes this long, whatever its unit allows.</summary>
    public void StopsWithin(TimeSpan time) => Hear(manager.TryTellExtension(time));

    private void Hear(Errno errno)
    {
        if (errno != Errno.None) logger.Odd($"tell the service manager: {errno.Describe()}");
    }
}
