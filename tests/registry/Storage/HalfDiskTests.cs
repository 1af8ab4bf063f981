using System.Globalization;
using System.Net;
using Keelson.Linux;
using Keelson.Oci;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Storage;

/// <summary>A disk that is full in the midst of a write, and has room again.</summary>
public sealed class HalfDiskTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("half");

    public void Dispose() => TestDirectory.Remove(folder);

    [Fact]
    public async Task A_push_goes_on_behind_what_a_full_disk_has_taken()
    {
        FullDisk disk = new();
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(new FilesystemDriver(folder, disk));
        using HttpClient client = registry.Client();
        byte[] content = Pushes.Random(3000);
        using HttpResponseMessage begun = await client.PostAsync("/v2/team/app/blobs/uploads/", null);
        Uri upload = begun.Headers.Location!;
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(client, upload, content, 0, 1000)).Status);
        disk.IsFull = true;
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await SendAsync(client, upload, content, 1000, 1000)).Status);
        disk.IsFull = false;

        (HttpStatusCode status, string? range) = await SendAsync(client, upload, content, 1000, 1000);
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "0-1499"), (status, range));
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(client, upload, content, 1500, 1500)).Status);
        Digest digest = Digest.Of(content);
        using HttpResponseMessage done = await client.PutAsync($"{upload}?digest={digest}", null);

        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.Equal(content, await client.GetByteArrayAsync($"/v2/team/app/blobs/{digest}"));
    }

    private static async Task<(HttpStatusCode Status, string? Range)> SendAsync(HttpClient client, Uri upload, byte[] content, int from, int length)
    {
        using ByteArrayContent body = new(content, from, length);
        body.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{from}-{from + length - 1}"));
        using HttpResponseMessage answer = await client.PatchAsync(upload, body);
        return (answer.StatusCode, answer.Headers.TryGetValues("Range", out IEnumerable<string>? ranges) ? ranges.Single() : null);
    }

    /// <summary>Takes half of a write while it is full.</summary>
    private sealed class FullDisk : Disk
    {
        public volatile bool IsFull;

        public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
        {
            base.Write(file, path, IsFull ? data[..(data.Length / 2)] : data);
            if (IsFull) throw new LinuxException("write", path, Errno.ENOSPC);
        }
    }
}
