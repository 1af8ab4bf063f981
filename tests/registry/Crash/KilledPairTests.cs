using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Registry.Tests.S3;

namespace Keelson.Registry.Tests.Crash;

/// <summary>
/// Two registries on one bucket, both pushed to and collecting garbage; now one, now the other is killed. What was acknowledged by either is whole at both, what was
/// deleted stays so, a push goes on at whichever is there, and no content has another digest than its name.
/// </summary>
public sealed class KilledPairTests(PostgresServer database) : IClassFixture<PostgresServer>
{
    private readonly ConcurrentDictionary<string, byte[]> acknowledged = new();
    private readonly Random random = new(11);
    private int number, count;

    [Fact]
    public Task What_either_has_acknowledged_outlives_four_kills() => KillAsync(4);

    [Fact]
    [Trait("suite", "soak")]
    public Task What_either_has_acknowledged_outlives_two_hundred_kills() => KillAsync(200);

    private async Task KillAsync(int rounds)
    {
        await using S3Server bucket = await S3Server.StartAsync();
        Running[] pair = [Start(bucket), Start(bucket)];
        byte[] large = Pushes.Random((rounds + 1) * 4096);
        string? upload = null;
        int sent = 0;
        for (int round = 0; round < rounds; round++)
        {
            int victim = round % 2;
            (upload, sent) = await GoOnAsync(pair[1 - victim].Client, upload, large, sent);
            using CancellationTokenSource stop = new();
            Task[] load = [.. pair.SelectMany((one, i) => Enumerable.Range(0, 2).Select(_ => LoadAsync(one.Client, i == victim, stop.Token)))];
            int before = Volatile.Read(ref count), more = random.Next(2, 9);
            if (round % 4 < 2) await Task.Delay(random.Next(5, 250));
            else Condition.Await("pushes", () => Volatile.Read(ref count) >= before + more || load.Any(task => task.IsFaulted), TimeSpan.FromMinutes(2));
            pair[victim].Child.Signal(Signals.SIGKILL);
            pair[victim].Child.WaitForEnd();
            // The other one goes on, whatever the killed one held.
            before = Volatile.Read(ref count);
            Condition.Await("pushes at the other", () => Volatile.Read(ref count) >= before + 2 || load.Any(task => task.IsFaulted), TimeSpan.FromMinutes(2));
            await stop.CancelAsync();
            await Task.WhenAll(load);
            pair[victim].Dispose();
            pair[victim] = Start(bucket);
            foreach (Running one in pair) await CheckAsync(one.Client);
            CheckContent(bucket);
        }
        Digest digest = Digest.Of(large.AsSpan(0, sent));
        using HttpResponseMessage done = await pair[0].Client.PutAsync($"{upload}?digest={digest}", null);
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.Equal(large[..sent], await pair[1].Client.GetByteArrayAsync($"/v2/large/blobs/{digest}"));
        foreach (Running one in pair) one.Dispose();
        Assert.True(acknowledged.Count >= rounds, $"only {acknowledged.Count} pushes were acknowledged");
    }

    private Running Start(S3Server bucket)
    {
        ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "serve-bucket", bucket.Address.ToString(), database.Connection], new CommandOptions
        {
            Environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" },
        });
        Condition.Await("the registry to listen", () => child.HasEnded || child.Stdout.Contains('\n', StringComparison.Ordinal), TimeSpan.FromMinutes(2));
        Assert.False(child.HasEnded, child.Stderr);
        return new(child, new HttpClient { BaseAddress = new("http://" + child.Stdout.Trim()), Timeout = TimeSpan.FromMinutes(2) });
    }

    /// <summary>Pushes images, and removes some again, until it is stopped or its registry is killed.</summary>
    private async Task LoadAsync(HttpClient client, bool mayBeKilled, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                int id = Interlocked.Increment(ref number);
                string repository = Text($"r{id % 3}"), tag = Text($"t{id}"), name = repository + ":" + tag;
                if (await TryPushAsync(client, repository, tag, Pushes.Random(id % 5 * 20_000 + 10)) is not { } pushed) continue;
                acknowledged[name] = pushed;
                Interlocked.Increment(ref count);
                if (id % 4 != 0) continue;
                // From the moment it is asked for until it is acknowledged it may be there or not.
                acknowledged.TryRemove(name, out byte[]? manifest);
                using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{repository}/manifests/{Digest.Of(manifest!)}", CancellationToken.None);
                if (gone.StatusCode != HttpStatusCode.ServiceUnavailable) Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
            }
        }
        catch (Exception e) when (mayBeKilled && e is HttpRequestException or IOException)
        {
            // It was killed.
        }
    }

    /// <summary>Pushes an image.</summary>
    /// <returns>Its manifest; <see langword="null"/>: the registry said that it does not know (503), as it may when it was too slow.</returns>
    private static async Task<byte[]?> TryPushAsync(HttpClient client, string repository, string tag, byte[] layer)
    {
        byte[] config = "{}"u8.ToArray(), manifest = Pushes.Manifest(config, layer);
        foreach (byte[] blob in (byte[][])[config, layer])
        {
            using ByteArrayContent body = new(blob);
            using HttpResponseMessage answer = await client.PostAsync($"/v2/{repository}/blobs/uploads/?digest={Digest.Of(blob)}", body);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return null;
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }
        using HttpResponseMessage put = await client.PutManifestAsync(repository, tag, manifest);
        if (put.StatusCode == HttpStatusCode.ServiceUnavailable) return null;
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        return manifest;
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
    private static void CheckContent(S3Server bucket)
    {
        foreach (string key in bucket.Objects.Keys.Where(key => key.Contains("/blobs/", StringComparison.Ordinal) && key.EndsWith("/data", StringComparison.Ordinal)))
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (bucket.Objects.Find(key) is not { } content) continue;
            foreach (ReadOnlyMemory<byte> piece in content.Pieces) hash.AppendData(piece.Span);
            Assert.Equal(key.Split('/')[^2], Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    /// <summary>Sends another chunk of a push that whichever of the two has begun.</summary>
    private static async Task<(string Upload, int Sent)> GoOnAsync(HttpClient client, string? upload, byte[] content, int sent)
    {
        if (upload is null)
        {
            using HttpResponseMessage begun = await client.PostAsync("/v2/large/blobs/uploads/", null);
            upload = begun.Headers.Location!.PathAndQuery;
        }
        using ByteArrayContent body = new(content, sent, 4096);
        body.Headers.TryAddWithoutValidation("Content-Range", Text($"{sent}-{sent + 4095}"));
        using HttpResponseMessage answer = await client.PatchAsync(upload, body);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (upload, sent + 4096);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Running(ChildProcess Child, HttpClient Client) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Child.Dispose();
        }
    }
}
