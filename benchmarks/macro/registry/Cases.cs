using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Keelson.Bench.Registry;

/// <summary>What is measured: the loads that the zot project compares registries with, and small requests. Contenders take turns within every round.</summary>
internal sealed partial class Cases(Registries registries, Spawner spawner, Results results, int rounds)
{
    private const int Connections = 2, SmallConnections = 16;
    private long number;

    /// <summary>Names, what they stand for, and how they are run.</summary>
    public IReadOnlyList<(string Name, string Title, Action<string> Run)> All =>
    [
        ("memory-idle", "memory before any request", name => Each(name, (contender, _) => results.Of(name, contender, "PSS", "MiB").Add(registries.Proportional(contender)), 1)),
        ("base", "GET /v2/, 16 connections", name => Small(name, "/v2/")),
        ("manifest", "GET a manifest by tag, 16 connections", name => Small(name, $"/v2/{Registries.Repository}/manifests/v1")),
        ("manifest-digest", "GET a manifest by digest, 16 connections", name => Small(name, $"/v2/{Registries.Repository}/manifests/sha256:{registries.Manifest}")),
        ("blob", "GET a blob of 200 bytes, 16 connections", name => Small(name, $"/v2/{Registries.Repository}/blobs/sha256:{registries.SmallBlob}")),
        ("tags", "list 100 tags, 16 connections", name => Small(name, $"/v2/{Registries.Repository}/tags/list")),
        ("catalog", "list 100 of 10,000 repositories, 16 connections", name => Small(name, "/v2/_catalog?n=100")),
        ("push1", "push 1 MB, two at a time", name => Push(name, 1_000_000, 40)),
        ("push10", "push 10 MB, two at a time", name => Push(name, 10_000_000, 8)),
        ("push100", "push 100 MB, two at a time", name => Push(name, 100_000_000, 2)),
        ("chunks", "push 10 MB in chunks of 1 MB, two at a time", name => Push(name, 10_000_000, 8, chunkBytes: 1_000_000)),
        ("pull1", "pull 1 MB, two at a time", name => Pull(name, 1_000_000, 200)),
        ("pull10", "pull 10 MB, two at a time", name => Pull(name, 10_000_000, 40)),
        ("pull100", "pull 100 MB, two at a time", name => Pull(name, 100_000_000, 8)),
        ("mixed", "three pulls of 1 MB to one push, two at a time", Mixed),
        ("memory", "memory after all of it", name => Each(name, (contender, _) =>
        {
            results.Of(name, contender, "PSS", "MiB").Add(registries.Proportional(contender));
            results.Of(name, contender, "peak RSS", "MiB").Add(registries.Mebibytes(contender, "VmHWM"));
        }, 1)),
    ];

    private void Each(string name, Action<string, int> run, int count)
    {
        for (int round = 0; round < count; round++)
            for (int i = 0; i < Registries.Names.Count; i++)
            {
                string contender = Registries.Names[(i + round) % Registries.Names.Count];
                try
                {
                    run(contender, round);
                }
                catch (InvalidOperationException e)
                {
                    results.Fail(name, contender, e.Message);
                }
            }
    }

    private void Small(string name, string path)
    {
        string script = Path.GetTempFileName();
        File.WriteAllText(script, "wrk.headers[\"Accept\"] = \"application/vnd.oci.image.manifest.v1+json\"\n");
        Each(name, (contender, round) =>
        {
            _ = spawner.TakeOutput();
            double cpu = registries.CpuMilliseconds(contender);
            spawner.Run(new(["/usr/bin/wrk", "-t1", string.Create(CultureInfo.InvariantCulture, $"-c{SmallConnections}"), "-d2s", "--latency", "-s", script, $"http://{registries.AddressOf(contender)}{path}"]));
            string output = spawner.TakeOutput();
            if (output.Contains("Non-2xx", StringComparison.Ordinal) || !Rate().IsMatch(output)) throw new InvalidOperationException("wrk: " + output.ReplaceLineEndings(" "));
            double rate = double.Parse(Rate().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            results.Of(name, contender, "rate", "req/s").Add(rate);
            results.Of(name, contender, "CPU", "us").Add((registries.CpuMilliseconds(contender) - cpu) * 1000 / (rate * 2));
            Match tail = Tail().Match(output);
            results.Of(name, contender, "p99", "ms").Add(double.Parse(tail.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * (tail.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 }));
        }, rounds);
        File.Delete(script);
    }

    private void Push(string name, int bytes, int count, int? chunkBytes = null) => Each(name, (contender, _) =>
    {
        List<(byte[] Content, string Digest)> blobs = [.. Enumerable.Range(0, Math.Max(count, Connections)).Select(_ => Make(bytes))];
        Measure(name, contender, blobs.Count, bytes, (connection, i) => PushOne(connection, blobs[i], chunkBytes));
    }, rounds);

    private void Pull(string name, int bytes, int count)
    {
        (byte[] Content, string Digest) blob = Make(bytes);
        foreach (string contender in Registries.Names)
        {
            using HttpConnection connection = new(registries.AddressOf(contender));
            PushOne(connection, blob, null);
        }
        Each(name, (contender, _) => Measure(name, contender, count, bytes, (connection, _) => PullOne(connection, blob)), rounds);
    }

    private void Mixed(string name) => Each(name, (contender, _) =>
    {
        const int Bytes = 1_000_000, Count = 100;
        List<(byte[] Content, string Digest)> blobs = [.. Enumerable.Range(0, Count / 4).Select(_ => Make(Bytes))];
        using (HttpConnection first = new(registries.AddressOf(contender))) PushOne(first, blobs[0], null);
        Measure(name, contender, Count, Bytes, (connection, i) =>
        {
            if (i % 4 == 3) PushOne(connection, blobs[i / 4], null);
            else PullOne(connection, blobs[0]);
        });
    }, rounds);

    /// <summary>Does something so many times, two at a time.</summary>
    private void Measure(string name, string contender, int count, long bytes, Action<HttpConnection, int> work)
    {
        int next = -1;
        Exception? failure = null;
        List<double> times = [];
        registries.ResetPeak(contender);
        double cpu = registries.CpuMilliseconds(contender);
        long start = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, Connections).Select(_ => new Thread(() =>
        {
            try
            {
                using HttpConnection connection = new(registries.AddressOf(contender));
                for (int i; (i = Interlocked.Increment(ref next)) < count;)
                {
                    long began = Stopwatch.GetTimestamp();
                    work(connection, i);
                    lock (times) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
            }
            catch (Exception e) when (e is InvalidOperationException or System.Net.Sockets.SocketException)
            {
                failure = e;
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (failure is not null) throw new InvalidOperationException(failure.Message);
        results.Of(name, contender, "rate", "MB/s").Add(count * bytes / 1e6 / seconds);
        results.Of(name, contender, "CPU", "ms").Add((registries.CpuMilliseconds(contender) - cpu) / count);
        times.Sort();
        results.Of(name, contender, "p99", "ms").Add(times[(int)(times.Count * 0.99)]);
        results.Of(name, contender, "peak RSS", "MiB").Add(registries.Mebibytes(contender, "VmHWM"));
    }

    private static void PushOne(HttpConnection connection, (byte[] Content, string Digest) blob, int? chunkBytes)
    {
        (string location, _) = connection.Send(202, "POST", $"/v2/{Registries.Repository}/blobs/uploads/");
        if (chunkBytes is { } chunk)
        {
            for (int at = 0; at < blob.Content.Length; at += chunk)
            {
                int length = Math.Min(chunk, blob.Content.Length - at);
                (location, _) = connection.Send(202, "PATCH", location, blob.Content.AsSpan(at, length), string.Create(CultureInfo.InvariantCulture, $"Content-Range: {at}-{at + length - 1}\r\n"));
            }
            connection.Send(201, "PUT", location + (location.Contains('?', StringComparison.Ordinal) ? '&' : '?') + "digest=" + blob.Digest);
            return;
        }
        connection.Send(201, "PUT", location + (location.Contains('?', StringComparison.Ordinal) ? '&' : '?') + "digest=" + blob.Digest, blob.Content);
    }

    private static void PullOne(HttpConnection connection, (byte[] Content, string Digest) blob)
    {
        (_, long length) = connection.Send(200, "GET", $"/v2/{Registries.Repository}/blobs/{blob.Digest}");
        if (length != blob.Content.Length) throw new InvalidOperationException($"a pull brought {length} bytes");
    }

    /// <summary>Bytes that nobody has pushed before.</summary>
    private (byte[] Content, string Digest) Make(int bytes)
    {
        byte[] content = new byte[bytes];
        new Random(Environment.ProcessId).NextBytes(content);
        BinaryPrimitives.WriteInt64LittleEndian(content, Interlocked.Increment(ref number));
        return (content, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"99%\s+([0-9.]+)(us|ms|s)")]
    private static partial Regex Tail();
}
