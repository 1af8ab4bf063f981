using Containerd.Services.Content.V1;
using Containerd.Services.Leases.V1;
using Google.Protobuf;
using Grpc.Core;
using Keelson.Oci;
using ContentClient = Containerd.Services.Content.V1.Content.ContentClient;

namespace Keelson.Api.Tests;

/// <summary>The stream that content is written through.</summary>
public class ContentWriteTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 7))];

    [DaemonFact]
    public async Task Writing_goes_on_over_a_killed_daemon_where_the_bytes_end()
    {
        string folder = TestDirectory.Make("keelsond");
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            using Session first = Session.Open(daemon, "test");
            await first.SendAsync(new() { Action = WriteAction.Stat, Ref = "layer", Total = Bytes.Length, Expected = Digest.Of(Bytes).ToString() });
            Assert.Equal(1_000_000, (await first.SendAsync(new() { Action = WriteAction.Write, Data = ByteString.CopyFrom(Bytes, 0, 1_000_000) })).Offset);
            daemon.Kill();
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);
        using Session second = Session.Open(again, "test");

        WriteContentResponse found = await second.SendAsync(new() { Action = WriteAction.Stat, Ref = "layer", Total = Bytes.Length, Expected = Digest.Of(Bytes).ToString() });
        Assert.Equal(1_000_000, found.Offset);
        Assert.Equal(Digest.Of(Bytes.AsSpan(0, 1_000_000)).ToString(), found.Digest);
        WriteContentResponse committed = await second.SendAsync(new() { Action = WriteAction.Commit, Offset = 1_000_000, Data = ByteString.CopyFrom(Bytes, 1_000_000, 2_000_000), Labels = { ["a"] = "b" } });
        await second.EndAsync();

        Assert.Equal(Bytes.Length, committed.Offset);
        Assert.Equal(Digest.Of(Bytes).ToString(), committed.Digest);
        ContentClient client = new(again.Channel);
        Assert.Equal("b", (await client.InfoAsync(new() { Digest = committed.Digest }, DaemonUnderTest.In("test"))).Info.Labels["a"]);
        Assert.Empty((await client.ListStatusesAsync(new(), DaemonUnderTest.In("test"))).Statuses);
        Assert.Equal(Bytes, await ReadAsync(client, new() { Digest = committed.Digest }));
        Assert.Equal(Bytes[5..15], await ReadAsync(client, new() { Digest = committed.Digest, Offset = 5, Size = 10 }));
        Assert.Equal(Bytes[^3..], await ReadAsync(client, new() { Digest = committed.Digest, Offset = Bytes.Length - 3, Size = 10 }));
        RpcException behind = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(client, new() { Digest = committed.Digest, Offset = Bytes.Length + 1 }));
        Assert.Equal(StatusCode.OutOfRange, behind.StatusCode);
    }

    [DaemonFact]
    public async Task An_offset_that_is_not_the_end_is_out_of_range_and_zero_begins_anew()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using (Session first = Session.Open(daemon, "test"))
        {
            await first.SendAsync(new() { Action = WriteAction.Write, Ref = "r", Data = ByteString.CopyFromUtf8("abc") });
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => first.SendAsync(new() { Action = WriteAction.Write, Offset = 1, Data = ByteString.CopyFromUtf8("d") }));
            Assert.Equal(StatusCode.OutOfRange, error.StatusCode);
        }
        using Session second = Session.Open(daemon, "test");

        Assert.Equal(3, (await second.SendAsync(new() { Action = WriteAction.Stat, Ref = "r" })).Offset);
        Assert.Equal(2, (await second.SendAsync(new() { Action = WriteAction.Write, Data = ByteString.CopyFromUtf8("xy") })).Offset);
        Assert.Equal(Digest.Of("xy"u8).ToString(), (await second.SendAsync(new() { Action = WriteAction.Commit, Offset = 2 })).Digest);
    }

    [DaemonFact]
    public async Task A_reference_has_one_writer_and_its_content_is_made_once()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string digest = Digest.Of("abc"u8).ToString();
        using Session first = Session.Open(daemon, "test");
        await first.SendAsync(new() { Action = WriteAction.Write, Ref = "r", Data = ByteString.CopyFromUtf8("abc") });

        using (Session second = Session.Open(daemon, "test"))
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => second.SendAsync(new() { Action = WriteAction.Stat, Ref = "r" }))).StatusCode);
        await first.SendAsync(new() { Action = WriteAction.Commit, Offset = 3, Expected = digest });
        using (Session third = Session.Open(daemon, "test"))
            Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => third.SendAsync(new() { Action = WriteAction.Stat, Ref = "s", Expected = digest }))).StatusCode);
        using Session fourth = Session.Open(daemon, "test");
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => fourth.SendAsync(new() { Action = WriteAction.Stat }))).StatusCode);
    }

    [DaemonFact]
    public async Task Content_of_another_namespace_is_shared_by_its_digest()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string digest = Digest.Of("abc"u8).ToString();
        using (Session one = Session.Open(daemon, "one")) await one.SendAsync(new() { Action = WriteAction.Commit, Ref = "r", Data = ByteString.CopyFromUtf8("abc") });
        ContentClient client = new(daemon.Channel);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () => await client.InfoAsync(new() { Digest = digest }, DaemonUnderTest.In("two")))).StatusCode);

        using Session two = Session.Open(daemon, "two");
        Assert.Equal(3, (await two.SendAsync(new() { Action = WriteAction.Stat, Ref = "r", Expected = digest })).Offset);
        await two.SendAsync(new() { Action = WriteAction.Commit, Offset = 3, Expected = digest });

        Assert.Equal(3, (await client.InfoAsync(new() { Digest = digest }, DaemonUnderTest.In("two"))).Info.Size);
    }

    [DaemonFact]
    public async Task A_lease_in_the_header_holds_what_is_written_until_it_goes()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Leases.LeasesClient leases = new(daemon.Channel);
        await leases.CreateAsync(new() { Id = "held" }, DaemonUnderTest.In("test"));
        using (Session session = Session.Open(daemon, "test", "held")) await session.SendAsync(new() { Action = WriteAction.Commit, Ref = "r", Data = ByteString.CopyFromUtf8("abc") });
        Resource resource = Assert.Single((await leases.ListResourcesAsync(new() { Id = "held" }, DaemonUnderTest.In("test"))).Resources);
        Assert.Equal(("content", Digest.Of("abc"u8).ToString()), (resource.Type, resource.Id));
        ContentClient client = new(daemon.Channel);

        await leases.DeleteAsync(new() { Id = "held", Sync = true }, DaemonUnderTest.In("test"));

        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () => await client.InfoAsync(new() { Digest = resource.Id }, DaemonUnderTest.In("test")))).StatusCode);
        Assert.Empty(Directory.GetFiles(daemon.Root + "/store/blobs/sha256"));
    }

    private static async Task<byte[]> ReadAsync(ContentClient client, ReadContentRequest request)
    {
        using AsyncServerStreamingCall<ReadContentResponse> call = client.Read(request, DaemonUnderTest.In("test"));
        MemoryStream all = new();
        await foreach (ReadContentResponse part in call.ResponseStream.ReadAllAsync()) all.Write(part.Data.Span);
        return all.ToArray();
    }

    /// <summary>One stream of writes, request by request.</summary>
    private sealed class Session(AsyncDuplexStreamingCall<WriteContentRequest, WriteContentResponse> call) : IDisposable
    {
        public static Session Open(DaemonUnderTest daemon, string space, string? lease = null) => new(new ContentClient(daemon.Channel).Write(DaemonUnderTest.In(space, lease)));

        public async Task<WriteContentResponse> SendAsync(WriteContentRequest request)
        {
            await call.RequestStream.WriteAsync(request);
            Assert.True(await call.ResponseStream.MoveNext(default));
            return call.ResponseStream.Current;
        }

        public async Task EndAsync()
        {
            await call.RequestStream.CompleteAsync();
            Assert.False(await call.ResponseStream.MoveNext(default));
        }

        public void Dispose() => call.Dispose();
    }
}
