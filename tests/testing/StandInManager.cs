using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>Stands for the service manager that starts a program: hears what it tells. sd_notify(3).</summary>
public sealed class StandInManager : IDisposable
{
    private const int LongestMessage = 1000;
    private readonly string folder = TestDirectory.Make("manager");
    private readonly FdHandle listener;

    public StandInManager()
    {
        Sockets.TryListen(Address, out FdHandle? listener, datagram: true).ThrowIfError("listen", Address);
        this.listener = listener!;
    }

    /// <summary>The value of <c>NOTIFY_SOCKET</c>.</summary>
    public string Address => folder + "/notify";

    /// <summary>What it is told next.</summary>
    public string Hear()
    {
        Span<PollEntry> entry = [new() { Fd = listener.Fd, Events = PollEvents.POLLIN }];
        Files.TryPoll(entry, (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("poll");
        if (ready != 1) throw new TimeoutException("the service manager hears nothing");
        byte[] bytes = new byte[LongestMessage];
        Files.TryRead(listener.Fd, bytes, out int count).ThrowIfError("read");
        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        listener.Dispose();
        TestDirectory.Remove(folder);
    }
}
