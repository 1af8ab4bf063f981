using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Keelson.Cli.Listing;
using Keelson.Docker;

namespace Keelson.Cli.Tests;

/// <summary>The list of containers as the table of <c>ps</c> reads it: rows as they come, of each what is shown.</summary>
public sealed class ContainerLinesTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Rows_are_read_however_they_come_in_pieces(int pieceBytes)
    {
        ContainerSummary[] containers = Varied();
        List<ContainerLine> lines = await ReadAsync(JsonSerializer.SerializeToUtf8Bytes(containers, DockerJson.Default.ContainerSummaryArray), pieceBytes);
        Assert.Equal(containers.Select(container => Show(ContainerLine.Of(container))), lines.Select(Show));
    }

    [Fact]
    public async Task A_row_may_be_longer_than_the_buffer()
    {
        ContainerSummary[] containers = [new() { Id = "a", Labels = new() { ["l"] = new('x', 300_000) } }, new() { Id = "b", Names = ["/b"] }];
        Assert.Equal(["a", "b"], (await ReadAsync(JsonSerializer.SerializeToUtf8Bytes(containers, DockerJson.Default.ContainerSummaryArray), 10_000)).Select(line => line.Id));
    }

    [Theory]
    [InlineData("null\n", "")]
    [InlineData("[]", "")]
    [InlineData(""" [ { "id" : "a" , "NAMES" : null , "Ports" : null , "Created" : null , "New" : { "deep" : [ { } , [ 1 ] ] } } , { } ] """, "a,")]
    public async Task Names_of_fields_are_taken_in_any_case_and_what_is_missing_is_empty(string json, string ids) =>
        Assert.Equal(ids, string.Join(',', (await ReadAsync(Encoding.UTF8.GetBytes(json), 3)).Select(line => line.Id)));

    [Theory]
    [InlineData("")]
    [InlineData("[{")]
    [InlineData("""[{"Id":"a"},""")]
    [InlineData("""{"message":"x"}""")]
    [InlineData("[1]")]
    [InlineData("""[{"Id":1}]""")]
    [InlineData("""[{"Names":"a"}]""")]
    [InlineData("""[{"Created":"a"}]""")]
    [InlineData("""[{"Ports":[1]}]""")]
    public async Task An_answer_of_another_form_is_refused(string json)
    {
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => ReadAsync(Encoding.UTF8.GetBytes(json), 100));
        Assert.StartsWith("read the engine's answer: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_the_engine_is_thrown()
    {
        DockerException e = await Assert.ThrowsAsync<DockerException>(() => ReadAsync("""{"message":"no such filter"}"""u8.ToArray(), 100, "400 Bad Request"));
        Assert.Equal((400, "no such filter"), (e.Status, e.Message));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void The_table_is_what_the_template_of_its_columns_makes(bool isShort, bool withSize)
    {
        ContainerSummary[] containers = Varied();
        FixedTime time = new();
        string table = ContainerRows.TableOf(containers.Select(ContainerLine.Of), time.GetUtcNow(), isShort, withSize).ToString();
        Assert.Equal(ContainerRows.Listing.Format(null, ContainerRows.Table + (withSize ? "\t{{.Size}}" : ""), containers.Select(container => ContainerRows.Of(container, time, isShort))), table);
    }

    /// <summary>Memory is counted, not time: every page of it that is new is a fault of 0.5 µs and more, and there were two thousand of them.</summary>
    [Fact]
    public async Task A_row_of_a_long_table_costs_little_memory()
    {
        ContainerSummary[] containers = [.. Enumerable.Range(0, 1000).Select(i => Typical(i))];
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(containers, DockerJson.Default.ContainerSummaryArray);
        long bytes = 0;
        await ServeAsync(json, 32 << 10, "200 OK", client =>
        {
            using ContainerLines lines = client.ReadContainerLines();
            long before = GC.GetAllocatedBytesForCurrentThread();
            int count = 0;
            ContainerRows.TableOf(Each(lines, () => count++), TimeProvider.System.GetUtcNow(), isShort: true, withSize: false);
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(1000, count);
        });
        Assert.True(bytes < 1000 * 700, $"{bytes} bytes");
    }

    private static IEnumerable<ContainerLine> Each(ContainerLines lines, Action seen)
    {
        while (lines.TryRead(out ContainerLine line))
        {
            seen();
            yield return line;
        }
    }

    private static ContainerSummary Typical(int number) => new()
    {
        Id = $"{number:x64}", Names = [$"/l{number}-keelson"], Image = "busybox:test", ImageID = "sha256:" + new string('a', 64), Command = "true", Created = 1_700_000_000 + number / 50, Ports = [], Labels = [],
        State = "created", Status = "Created", HostConfig = new() { NetworkMode = "none" }, NetworkSettings = new() { Networks = new() { ["none"] = new() { NetworkID = new string('b', 64) } } }, Mounts = [],
    };

    private static ContainerSummary[] Varied() =>
    [
        Typical(1), Typical(2),
        Typical(3) with { Names = ["/a", "/b/a"], Command = "sh -c 'echo \"ü\t😀\\ and much more than twenty'", Image = "sha256:" + new string('a', 64), SizeRw = 5 },
        Typical(4) with { Names = ["/x/y"], Image = "", Status = "Up 3 minutes (Paused)", Ports = [new() { PrivatePort = 80, Type = "tcp" }, new() { IP = "::", PrivatePort = 81, PublicPort = 8081, Type = "udp" }], SizeRw = 1234, SizeRootFs = 5_000_000 },
        Typical(5) with { Names = null, Image = "reg.example:5000/a/b:1@sha256:" + new string('c', 64), Command = "", Labels = new() { ["Names"] = "no" }, Mounts = [new() { Name = "v", Source = "/s" }], Created = 0 },
        Typical(6) with { Image = "aaaaaaaaaaaa", Names = [] },
    ];

    private static string Show(ContainerLine line) =>
        string.Join('|', line.Id, string.Join(',', line.Names), line.Image, line.ImageId, line.Command, line.Created, string.Join(',', line.Ports), line.Status, line.SizeRw, line.SizeRootFs);

    private async Task<List<ContainerLine>> ReadAsync(byte[] json, int pieceBytes, string status = "200 OK")
    {
        List<ContainerLine> read = [];
        await ServeAsync(json, pieceBytes, status, client =>
        {
            using ContainerLines lines = client.ReadContainerLines(all: true);
            while (lines.TryRead(out ContainerLine line)) read.Add(line);
        });
        return read;
    }

    /// <summary>An engine that answers one request, in chunks of so many bytes.</summary>
    private async Task ServeAsync(byte[] json, int pieceBytes, string status, Action<DockerClient> ask)
    {
        string address = directory.Path + "/s";
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(address));
        listener.Listen();
        Task server = Task.Run(() =>
        {
            using Socket socket = listener.Accept();
            byte[] request = new byte[4096];
            for (int length = 0; !request.AsSpan(0, length).EndsWith("\r\n\r\n"u8);) length += socket.Receive(request.AsSpan(length));
            using NetworkStream stream = new(socket);
            using BufferedStream buffered = new(stream, 64 << 10);
            buffered.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"));
            for (int at = 0; at < json.Length; at += pieceBytes)
            {
                byte[] piece = json[at..Math.Min(at + pieceBytes, json.Length)];
                buffered.Write(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"));
                buffered.Write(piece);
                buffered.Write("\r\n"u8);
            }
            buffered.Write("0\r\n\r\n"u8);
        });
        using DockerClient client = new(DockerHost.Resolve("unix://" + address), "1.41");
        try
        {
            await Task.Run(() => ask(client));
        }
        finally
        {
            try
            {
                await server;
            }
            catch (IOException)
            {
                // The client did not want all of it.
            }
        }
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1_700_001_000);
    }
}
