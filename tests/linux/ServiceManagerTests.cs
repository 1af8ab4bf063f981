using Keelson.Linux.Services;

namespace Keelson.Linux.Tests;

/// <summary>What a service tells its manager. What it gets from it, with real descriptors, is in tests/packaging.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("manager");

    public void Dispose() => TestDirectory.Remove(directory);

    [Fact]
    public void The_manager_hears_that_the_service_is_ready_and_that_it_stops()
    {
        using StandInManager heard = new();
        ServiceManager manager = ServiceManager.Read(name => name == "NOTIFY_SOCKET" ? heard.Address : null);
        Assert.Equal(Errno.None, manager.TryTellReady());
        Assert.Equal("READY=1", heard.Hear());
        Assert.Equal(Errno.None, manager.TryTellStopping());
        Assert.Equal("STOPPING=1", heard.Hear());
        Assert.Equal(Errno.None, manager.TryTellExtension(TimeSpan.FromSeconds(20.5)));
        Assert.Equal("EXTEND_TIMEOUT_USEC=20500000", heard.Hear());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Nobody_is_told_where_there_is_no_manager(string? address)
    {
        ServiceManager manager = ServiceManager.Read(_ => address);
        Assert.Equal(Errno.None, manager.TryTellReady());
    }

    [Fact]
    public void A_manager_that_has_gone_is_an_error() => Assert.Equal(Errno.ENOENT, ServiceManager.Read(_ => directory + "/none").TryTellReady());

    [Theory]
    [InlineData(null, null)]
    [InlineData("2", null)]
    [InlineData(null, "7")]
    [InlineData("2", "8")]
    [InlineData("0", "7")]
    public void Sockets_that_are_not_for_this_process_are_let_be(string? count, string? process)
    {
        using PassedSockets passed = PassedSockets.Read(Variables(count, process), 7);
        Assert.Empty(passed.Addresses);
        Assert.Null(passed.TryTake("/run/x"));
    }

    [Theory]
    [InlineData("two", "7", "LISTEN_FDS")]
    [InlineData("-1", "7", "LISTEN_FDS")]
    [InlineData("1025", "7", "LISTEN_FDS")]
    [InlineData("99999999999", "7", "LISTEN_FDS")]
    [InlineData("1", "seven", "LISTEN_PID")]
    public void Numbers_that_are_none_are_refused(string count, string process, string named)
    {
        KeelsonException refused = Assert.Throws<KeelsonException>(() => PassedSockets.Read(Variables(count, process), 7));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    private static Func<string, string?> Variables(string? count, string? process) => name => name switch
    {
        "LISTEN_FDS" => count,
        "LISTEN_PID" => process,
        _ => null,
    };
}
