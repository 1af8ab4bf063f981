using System.Buffers;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Tests.Notify;

public sealed class NotifySocketTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("notify");
    private readonly List<string> warnings = [];
    private readonly FdHandle manager;

    public NotifySocketTests()
    {
        Sockets.TryListen(directory + "/manager", out FdHandle? socket, datagram: true).ThrowIfError("listen", directory);
        manager = socket!;
    }

    public void Dispose()
    {
        manager.Dispose();
        TestDirectory.Remove(directory);
    }

    [Theory]
    [InlineData("READY=1", "READY=1\n", true)]
    [InlineData("READY=1\n", "READY=1\n", true)]
    [InlineData("STATUS=half way\nREADY=1\nMAINPID=7", "STATUS=half way\nREADY=1\n", true)]
    [InlineData("STATUS=half way", "STATUS=half way\n", false)]
    [InlineData("READY=0", "READY=0\n", false)]
    [InlineData("MAINPID=7", "", false)]
    [InlineData("FDSTORE=1\nBARRIER=1", "", false)]
    [InlineData("NOTREADY=1\nXREADY=1", "", false)]
    [InlineData("READY\n=1\n\n", "", false)]
    [InlineData("", "", false)]
    public void Only_variables_about_the_state_are_passed_on(string notice, string passed, bool isReady)
    {
        ArrayBufferWriter<byte> buffer = new();
        Assert.Equal(isReady, NotifySocket.Select(Encoding.UTF8.GetBytes(notice), buffer));
        Assert.Equal(passed, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void A_program_that_is_ready_is_named_as_the_main_process()
    {
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/manager", warnings.Add);
        Say("STATUS=loading");
        Say("READY=1");
        Assert.False(socket.Forward(42));
        Assert.True(socket.Forward(42));
        Assert.Equal("STATUS=loading\n", Hear());
        Assert.Equal("READY=1\nMAINPID=42\n", Hear());
        Assert.Empty(warnings);
    }

    [Fact]
    public void Last_words_are_passed_on_without_waiting_for_more()
    {
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/manager", warnings.Add);
        Say("STATUS=done");
        Say("STOPPING=1");
        socket.Drain(42);
        Assert.Equal("STATUS=done\n", Hear());
        Assert.Equal("STOPPING=1\n", Hear());
    }

    [Fact]
    public void Every_user_of_the_container_may_write_to_the_socket()
    {
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/manager", warnings.Add);
        Files.TryStatus(directory + "/notify.sock", out FileStatus status).ThrowIfError("stat", "notify.sock");
        Assert.Equal(FileStatus.S_IFSOCK | 0b111_111_111u, status.Mode);
    }

    [Fact]
    public void A_socket_that_a_killed_runtime_left_is_replaced()
    {
        NotifySocket.Bind(directory, directory + "/manager", warnings.Add).Dispose();
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/manager", warnings.Add);
        Say("READY=1");
        Assert.True(socket.Forward(1));
    }

    [Fact]
    public void A_manager_that_has_gone_is_a_warning()
    {
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/nobody", warnings.Add);
        Say("READY=1");
        Assert.True(socket.Forward(1));
        Assert.Contains("/nobody: ENOENT", Assert.Single(warnings));
    }

    [Fact]
    public void Waiting_for_a_program_that_ends_without_being_ready_ends_with_it()
    {
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/manager", warnings.Add);
        using ChildProcess child = ChildProcess.Start(["true"]);
        Assert.False(socket.WaitForReady(child.Pid));
    }

    [Fact]
    public void Waiting_ends_when_the_manager_has_read_that_the_program_is_ready()
    {
        using NotifySocket socket = NotifySocket.Bind(directory, directory + "/manager", warnings.Add);
        Say("READY=1");
        bool? isReady = null;
        Thread waiter = new(() => isReady = socket.WaitForReady(Environment.ProcessId));
        waiter.Start();
        Assert.Equal($"READY=1\nMAINPID={Environment.ProcessId}\n", Hear());
        Assert.Null(isReady);
        Assert.Equal("BARRIER=1", Hear());
        waiter.Join();
        Assert.True(isReady);
    }

    [RootFact]
    public void The_manager_may_have_an_abstract_name()
    {
        string name = "keelson-test-" + Guid.NewGuid().ToString("N");
        using System.Net.Sockets.Socket abstractManager = new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Unspecified);
        abstractManager.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint("\0" + name));
        using NotifySocket socket = NotifySocket.Bind(directory, "@" + name, warnings.Add);
        Say("READY=1");
        Assert.True(socket.Forward(5));
        byte[] heard = new byte[100];
        Assert.Equal("READY=1\nMAINPID=5\n", Encoding.UTF8.GetString(heard, 0, abstractManager.Receive(heard)));
    }

    private void Say(string notice)
    {
        Sockets.TryConnect(directory + "/notify.sock", out FdHandle? connection, datagram: true).ThrowIfError("connect", directory);
        using (connection) Sockets.TrySend(connection!.Fd, Encoding.UTF8.GetBytes(notice), []).ThrowIfError("send", directory);
    }

    /// <summary>The next notice; descriptors that come with it are closed.</summary>
    private string Hear()
    {
        byte[] notice = new byte[4096];
        Sockets.TryReceive(manager.Fd, notice, out int count, out FdHandle[] descriptors).ThrowIfError("receive", directory);
        foreach (FdHandle descriptor in descriptors) descriptor.Dispose();
        return Encoding.UTF8.GetString(notice, 0, count);
    }
}
