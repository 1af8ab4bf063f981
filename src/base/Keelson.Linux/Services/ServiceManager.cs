using System.Globalization;
using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.Linux.Services;

/// <summary>The service manager that started this process, and hears how it fares; nobody hears when there is none. sd_notify(3).</summary>
public sealed class ServiceManager
{
    private readonly string? address;

    private ServiceManager(string? address) => this.address = address;

    /// <summary>Takes what the environment says of the manager, and takes it out of the environment: programs that this one starts are no services of it.</summary>
    public static ServiceManager Take()
    {
        ServiceManager manager = Read(Environment.GetEnvironmentVariable);
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        return manager;
    }

    /// <summary>Reads <c>NOTIFY_SOCKET</c>.</summary>
    /// <param name="variable">The value of a variable; <see langword="null"/>: it is not set.</param>
    public static ServiceManager Read(Func<string, string?> variable) => new(variable("NOTIFY_SOCKET") is { Length: > 0 } address ? address : null);

    /// <summary>The service has started and can be used.</summary>
    /// <returns>Why the manager did not hear it; <see cref="Errno.None"/> also without a manager.</returns>
    public Errno TryTellReady() => TryTell("READY=1");

    /// <summary>The service begins to stop.</summary>
    /// <inheritdoc cref="TryTellReady" path="/returns"/>
    public Errno TryTellStopping() => TryTell("STOPPING=1");

    /// <summary>What the service is about takes longer than its unit allows.</summary>
    /// <param name="time">How long from now on.</param>
    /// <inheritdoc cref="TryTellReady" path="/returns"/>
    public Errno TryTellExtension(TimeSpan time) => TryTell(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)time.TotalMicroseconds}"));

    private Errno TryTell(string state)
    {
        if (address is null) return Errno.None;
        Errno errno = Sockets.TryConnect(address, out FdHandle? connection, datagram: true);
        using (connection) return errno == Errno.None ? Sockets.TrySend(connection!.Fd, Encoding.ASCII.GetBytes(state), []) : errno;
    }
}
