using Containerd.Services.Streaming.V1;
using Containerd.Services.Transfer.V1;
using Containerd.Types.Transfer;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Keelson.Api.Tests;

/// <summary>Images moved by the Transfer service, with archives and progress on streams.</summary>
public class TransferTests
{
    private static readonly Metadata Space = DaemonUnderTest.In("default");

    [DaemonFact]
    public async Task An_image_is_imported_tagged_pushed_pulled_and_exported()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using RegistryUnderTest registry = new();
        string digest = OciArchive.Write(daemon.Folder + "/image.tar").ToString();
        Transfer.TransferClient transfer = new(daemon.Channel);
        ImageStore imported = new() { Unpacks = { new UnpackConfiguration() }, ExtraReferences = { new Containerd.Types.Transfer.ImageReference { Name = "example.org/a", IsPrefix = true } } };

        using (AsyncDuplexStreamingCall<Any, Any> stream = await OpenAsync(daemon, "in"))
        {
            Task sending = SendAsync(stream, File.ReadAllBytes(daemon.Folder + "/image.tar"));
            await transfer.TransferAsync(new() { Source = Pack(new ImageImportStream { Stream = "in" }), Destination = Pack(imported) }, Space);
            await sending;
        }
        await transfer.TransferAsync(new() { Source = Pack(new ImageStore { Name = "example.org/a:t1" }), Destination = Pack(new ImageStore { Name = "example.org/b:t2" }) }, Space);
        await transfer.TransferAsync(new() { Source = Pack(new ImageStore { Name = "example.org/b:t2" }), Destination = Pack(new OCIRegistry { Reference = registry.Name + "/b:t2" }) }, Space);
        List<string> events = [];
        using (AsyncDuplexStreamingCall<Any, Any> progress = await OpenAsync(daemon, "progress"))
        {
            Task reading = ReadAsync(progress, message => events.Add(Progress.Parser.ParseFrom(message.Value).Event));
            await transfer.TransferAsync(new()
            {
                Source = Pack(new OCIRegistry { Reference = registry.Name + "/b:t2" }),
                Destination = Pack(new ImageStore { Name = "example.org/c:t3", Labels = { ["k"] = "v" }, Unpacks = { new UnpackConfiguration { Snapshotter = "native" } } }),
                Options = new() { ProgressStream = "progress" },
            }, DaemonUnderTest.In("other"));
            await reading;
        }
        byte[] exported;
        using (AsyncDuplexStreamingCall<Any, Any> stream = await OpenAsync(daemon, "out"))
        {
            Task<byte[]> receiving = ReceiveAsync(stream);
            await transfer.TransferAsync(new() { Source = Pack(new ImageStore { ExportImages = { "example.org/b:t2" } }), Destination = Pack(new ImageExportStream { Stream = "out" }) }, Space);
            exported = await receiving;
        }

        Assert.Equal(["example.org/a:t1", "example.org/b:t2"], daemon.Ctr("images", "ls", "-q").Succeeds().Lines);
        Assert.Matches($"^example.org/c:t3 .*{digest}.* k=v", daemon.Ctr("-n", "other", "images", "ls").Succeeds().Lines[1]);
        Assert.Single(daemon.Ctr("-n", "other", "snapshots", "--snapshotter", "native", "ls").Succeeds().Lines[1..]);
        Assert.Contains("resolving", events);
        Assert.Contains("extracted", events);
        File.WriteAllBytes(daemon.Folder + "/exported.tar", exported);
        daemon.Ctr("-n", "third", "images", "import", daemon.Folder + "/exported.tar").Succeeds();
        Assert.Contains(digest, daemon.Ctr("-n", "third", "images", "ls").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [DaemonFact]
    public async Task What_cannot_be_moved_and_streams_that_are_not_open_are_refused()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Transfer.TransferClient transfer = new(daemon.Channel);

        Assert.Equal(StatusCode.Unimplemented, await StatusAsync(Pack(new ImageImportStream()), Pack(new OCIRegistry())));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(Pack(new ImageImportStream { Stream = "none" }), Pack(new ImageStore())));
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(null, Pack(new ImageStore())));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(Pack(new ImageStore { Name = "none" }), Pack(new ImageStore { Name = "b" })));

        async Task<StatusCode> StatusAsync(Any? source, Any destination) =>
            (await Assert.ThrowsAsync<RpcException>(async () => await transfer.TransferAsync(new() { Source = source, Destination = destination }, Space))).StatusCode;
    }

    [DaemonFact]
    public async Task A_client_that_leaves_its_stream_ends_the_transfer()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Transfer.TransferClient transfer = new(daemon.Channel);
        AsyncDuplexStreamingCall<Any, Any> stream = await OpenAsync(daemon, "in");
        using AsyncUnaryCall<Empty> call = transfer.TransferAsync(new() { Source = Pack(new ImageImportStream { Stream = "in" }), Destination = Pack(new ImageStore()) }, Space);

        stream.Dispose();

        await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Empty(daemon.Ctr("leases", "ls", "-q").Succeeds().Text);
    }

    private static Any Pack(IMessage message) => new() { TypeUrl = message.Descriptor.FullName, Value = message.ToByteString() };

    private static async Task<AsyncDuplexStreamingCall<Any, Any>> OpenAsync(DaemonUnderTest daemon, string name)
    {
        AsyncDuplexStreamingCall<Any, Any> stream = new Streaming.StreamingClient(daemon.Channel).Stream(name == "progress" ? DaemonUnderTest.In("other") : Space);
        await stream.RequestStream.WriteAsync(Pack(new StreamInit { Id = name }));
        Assert.True(await stream.ResponseStream.MoveNext());
        return stream;
    }

    private static async Task SendAsync(AsyncDuplexStreamingCall<Any, Any> stream, byte[] content)
    {
        int window = 0;
        for (int at = 0; at < content.Length;)
        {
            while (window == 0 && await stream.ResponseStream.MoveNext()) window += WindowUpdate.Parser.ParseFrom(stream.ResponseStream.Current.Value).Update;
            int count = Math.Min(Math.Min(window, 10_000), content.Length - at);
            await stream.RequestStream.WriteAsync(Pack(new Data { Data_ = ByteString.CopyFrom(content, at, count) }));
            (at, window) = (at + count, window - count);
        }
        await stream.RequestStream.CompleteAsync();
    }

    private static async Task<byte[]> ReceiveAsync(AsyncDuplexStreamingCall<Any, Any> stream)
    {
        MemoryStream all = new();
        int window = 0;
        while (true)
        {
            if (window < 10_000)
            {
                await stream.RequestStream.WriteAsync(Pack(new WindowUpdate { Update = 20_000 }));
                window += 20_000;
            }
            if (!await stream.ResponseStream.MoveNext()) return all.ToArray();
            Data data = Data.Parser.ParseFrom(stream.ResponseStream.Current.Value);
            window -= data.Data_.Length;
            Assert.True(window >= 0, "more came than was asked for");
            data.Data_.WriteTo(all);
        }
    }

    private static async Task ReadAsync(AsyncDuplexStreamingCall<Any, Any> stream, Action<Any> take)
    {
        while (await stream.ResponseStream.MoveNext()) take(stream.ResponseStream.Current);
    }
}
