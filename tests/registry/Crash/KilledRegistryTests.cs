using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Crash;

/// <summary>
/// SIGKILL at any moment of pushes, deletes and collections, again and again on one store: what was acknowledged is there with its digest, what was deleted stays so,
/// a push goes on where it was, and no content has another digest than its name.
/// </summary>
public sealed class KilledRegistryTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("killed");
    private readonly ConcurrentDictionary<string, byte[]> acknowledged = new();
    private readonly Random random = new(7);
    private int number, count;

    [Fact]
    public Task What_was_acknowledged_outlives_twelve_kills() => KillAsync(12);

    [Fact]
    [Trait("suite", "soak")]
    public Task What_was_acknowledged_outlives_a_thousand_kills() => KillAsync(1000);

    public void Dispose() => TestDirectory.Remove(folder);

    private async Task KillAsync(int rounds)
    {
        // A push in chunks that goes on over all the kills.
        byte[] large = Pushes.Random(rounds * 4096);
        Uri? upload = null;
        long sent = 0;
        for (int round = 0; round < rounds; round++)
        {
            using ChildProcess child = ServeChild.Start(folder, out Uri address);
            using HttpClient client = new() { BaseAddress = address };
            await CheckAsync(client);
            (upload, sent) = await GoOnAsync(client, address, upload, large, sent);
            using CancellationTokenSource stop = new();
            Task[] load = [.. Enumerable.Range(0, 4).Select(_ => LoadAsync(address, stop.Token))];
            // Now early, be it before anything is pushed, now in the midst of pushes, however long a busy machine takes to come there.
            int before = Volatile.Read(ref count), more = random.Next(2, 9);
            if (round % 2 == 0) await Task.Delay(random.Next(5, 250));
            else Condition.Await("pushes", () => Volatile.Read(ref count) >= before + more);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            CheckContent();
        }
        using ChildProcess last = ServeChild.Start(folder, out Uri end);
        using HttpClient client2 = new() { BaseAddress = end };
        await CheckAsync(client2);
        await FinishAsync(client2, end, upload!, large, sent);
        Assert.True(acknowledged.Count >= rounds / 4, $"only {acknowledged.Count} pushes were acknowledged");
    }

    /// <summary>Pushes images, and removes some again, until the registry is gone.</summary>
    private async Task LoadAsync(Uri address, CancellationToken stop)
    {
        using HttpClient client = new() { BaseAddress = address };
        try
        {
            while (!stop.IsCancellationRequested)
            {
                int id = Interlocked.Increment(ref number);
                string repository = string.Create(CultureInfo.InvariantCulture, $"r{id % 3}"), tag = string.Create(CultureInfo.InvariantCulture, $"t{id}");
                byte[] manifest = await client.PushImageAsync(repository, tag, Pushes.Random(id % 5 * 20_000 + 10));
                string name = repository + ":" + tag;
                acknowledged[name] = manifest;
                Interlocked.Increment(ref count);
                if (id % 4 != 0) continue;
                // From the moment it is asked for until it is acknowledged it may be there or not.
                acknowledged.TryRemove(name, out _);
                using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{repository}/manifests/{Digest.Of(manifest)}", CancellationToken.None);
                Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
            }
        }
        catch (HttpRequestException)
        {
            // It was killed.
        }
        catch (IOException)
        {
            // It was killed while it answered.
        }
    }

    private async Task CheckAsync(HttpClient client)
    {
        foreach ((string name, byte[] manifest) in acknowledged)
        {
            string[] parts = name.Split(':');
            Assert.Equal(manifest, await client.GetByteArrayAsync($"/v2/{parts[0]}/manifests/{parts[1]}"));
            using JsonDocument document = JsonDocument.Parse(manifest);
            foreach (JsonElement blob in document.RootElement.GetProperty("layers").EnumerateArray().Append(document.RootElement.GetProperty("config")))
            {
                string digest = blob.GetProperty("digest").GetString()!;
                Assert.Equal(digest, Digest.Of(await client.GetByteArrayAsync($"/v2/{parts[0]}/blobs/{digest}")).ToString());
            }
        }
    }

    /// <summary>Whatever lies under a digest's name has that digest, be it acknowledged or not.</summary>
    private void CheckContent()
    {
        string blobs = folder + "/docker/registry/v2/blobs";
        if (!Directory.Exists(blobs)) return;
        foreach (string file in Directory.EnumerateFiles(blobs, "data", SearchOption.AllDirectories))
            Assert.Equal(Path.GetFileName(Path.GetDirectoryName(file)), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
    }

    /// <summary>Sends another chunk of a push that others before this registry have begun.</summary>
    private static async Task<(Uri Upload, long Sent)> GoOnAsync(HttpClient client, Uri address, Uri? upload, byte[] content, long sent)
    {
        if (upload is null)
        {
            using HttpResponseMessage begun = await client.PostAsync("/v2/large/blobs/uploads/", null);
            upload = new(begun.Headers.Location!.PathAndQuery, UriKind.Relative);
        }
        long offset = await OffsetAsync(client, address, upload);
        Assert.Equal(sent, offset);
        using HttpResponseMessage answer = await PatchAsync(client, upload, content.AsMemory((int)offset, 4096), offset);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (upload, offset + 4096);
    }

    private static async Task FinishAsync(HttpClient client, Uri address, Uri upload, byte[] content, long sent)
    {
        Assert.Equal(sent, await OffsetAsync(client, address, upload));
        Digest digest = Digest.Of(content);
        using HttpResponseMessage done = await client.PutAsync($"{upload}?digest={digest}", null);
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.Equal(content, await client.GetByteArrayAsync($"/v2/large/blobs/{digest}"));
    }

    private static async Task<long> OffsetAsync(HttpClient client, Uri address, Uri upload)
    {
        using HttpResponseMessage status = await client.GetAsync(new Uri(address, upload));
        Assert.Equal(HttpStatusCode.NoContent, status.StatusCode);
        long last = long.Parse(Assert.Single(status.Headers.GetValues("Range")).Split('-')[1], CultureInfo.InvariantCulture);
        return last == 0 ? 0 : last + 1;
    }

    private static Task<HttpResponseMessage> PatchAsync(HttpClient client, Uri upload, ReadOnlyMemory<byte> chunk, long offset)
    {
        ReadOnlyMemoryContent body = new(chunk);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        body.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + chunk.Length - 1}"));
        return client.PatchAsync(upload, body);
    }
}
