using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Keelson.Bench.Trust;

/// <summary>What is measured. Contenders take turns within every round.</summary>
internal sealed partial class Cases(NotaryServers servers, Spawner spawner, Results results, int rounds)
{
    private const int Connections = 16, Updates = 100, FirstUpdates = 20, Beginnings = 20;
    private const string Gun = "bench/read";
    private int number;

    /// <summary>Names, what they stand for, and how they are run.</summary>
    public IReadOnlyList<(string Name, string Title, Action<string> Run)> All =>
    [
        ("memory-idle", "memory of a server and its signer before any request", name => Each(name, (contender, _) => results.Of(name, contender, "PSS", "MiB").Add(servers.Proportional(contender)), 1)),
        ("publish", "updates of targets, 16 publishers at a time; the server signs snapshot and timestamp", Publish),
        ("timestamp", "GET timestamp.json over TLS, 16 connections", name => Read(name, "timestamp.json")),
        ("root", "GET root.json over TLS, 16 connections", name => Read(name, "root.json")),
        ("client", "Debian's notary: init, add, list", Client),
        ("memory", "memory after all of it", name => Each(name, (contender, _) => results.Of(name, contender, "PSS", "MiB").Add(servers.Proportional(contender)), 1)),
        // The last one: notary-signer keeps keys in a map without a lock, and may die of it.
        ("init", "new collections, 16 publishers at a time: two keys of the server, root and targets, its snapshot and timestamp", Begin),
    ];

    private void Each(string name, Action<string, int> run, int count)
    {
        for (int round = 0; round < count; round++)
            for (int i = 0; i < NotaryServers.Names.Count; i++)
            {
                string contender = NotaryServers.Names[(i + round) % NotaryServers.Names.Count];
                try
                {
                    run(contender, round);
                }
                catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException)
                {
                    results.Fail(name, contender, e.Message);
                }
            }
    }

    private void Publish(string name)
    {
        // The first time around nothing is measured: programs that compile as they run, and servers that have seen no key yet, are slower then.
        Each(name, (contender, _) => Update(contender), 1);
        Each(name, (contender, _) =>
        {
            (double seconds, double serverCpu, double publisherCpu) = Update(contender);
            results.Of(name, contender, "rate", "1/s").Add(Connections * Updates / seconds);
            results.Of(name, contender, "CPU", "us").Add(serverCpu * 1000 / (Connections * Updates));
            results.Of(name, contender, "publisher CPU", "us").Add(publisherCpu * 1000 / (Connections * Updates));
        }, rounds);
    }

    /// <summary>
    /// Publishes updates of new collections. What the publishers do before they send is not measured: requests are signed and written, and connections made. Nor are the
    /// first updates: a server that was idle meanwhile is to be as it is while it works.
    /// </summary>
    private (double Seconds, double ServerCpuMilliseconds, double PublisherCpuMilliseconds) Update(string contender)
    {
        using Publisher publisher = new(servers.AddressOf(contender), servers.Certificate);
        Collection[] collections = [.. Enumerable.Range(0, Connections).Select(_ => publisher.BeginAsync($"bench/publish-{number++}", FirstUpdates + Updates).GetAwaiter().GetResult())];
        UploadConnection[] connections = Task.WhenAll(collections.Select(_ => publisher.ConnectAsync())).GetAwaiter().GetResult();
        try
        {
            Send(..FirstUpdates);
            double cpu = servers.CpuMilliseconds(contender);
            TimeSpan own = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            Send(FirstUpdates..);
            return (Stopwatch.GetElapsedTime(start).TotalSeconds, servers.CpuMilliseconds(contender) - cpu, (Environment.CpuUsage.TotalTime - own).TotalMilliseconds);
        }
        finally
        {
            foreach (UploadConnection connection in connections) connection.Dispose();
        }

        void Send(Range some) => Task.WhenAll(collections.Zip(connections).Select(async pair =>
        {
            foreach (ReadOnlyMemory<byte> update in pair.First.Updates.Take(some)) await pair.Second.SendAsync(update).ConfigureAwait(false);
        })).GetAwaiter().GetResult();
    }

    private void Begin(string name) => Each(name, (contender, _) =>
    {
        using Publisher publisher = new(servers.AddressOf(contender), servers.Certificate);
        double cpu = servers.CpuMilliseconds(contender);
        long start = Stopwatch.GetTimestamp();
        int first = number;
        number += Connections * Beginnings;
        Task.WhenAll(Enumerable.Range(0, Connections).Select(async i =>
        {
            for (int k = 0; k < Beginnings; k++) await publisher.BeginAsync(string.Create(CultureInfo.InvariantCulture, $"bench/init-{first + (i * Beginnings) + k}"), 0).ConfigureAwait(false);
        })).GetAwaiter().GetResult();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        results.Of(name, contender, "rate", "1/s").Add(Connections * Beginnings / seconds);
        results.Of(name, contender, "CPU", "us").Add((servers.CpuMilliseconds(contender) - cpu) * 1000 / (Connections * Beginnings));
    }, rounds);

    private void Read(string name, string file)
    {
        Each(name, (contender, _) =>
        {
            using Publisher publisher = new(servers.AddressOf(contender), servers.Certificate);
            publisher.EnsureAsync(Gun).GetAwaiter().GetResult();
        }, 1);
        Each(name, (contender, round) =>
        {
            _ = spawner.TakeOutput();
            double cpu = servers.CpuMilliseconds(contender);
            spawner.Run(new(["/usr/bin/wrk", "-t1", string.Create(CultureInfo.InvariantCulture, $"-c{Connections}"), "-d2s", "--latency", $"{servers.AddressOf(contender)}/v2/{Gun}/_trust/tuf/{file}"]));
            string output = spawner.TakeOutput();
            if (output.Contains("Non-2xx", StringComparison.Ordinal) || !Rate().IsMatch(output)) throw new InvalidOperationException("wrk: " + output.ReplaceLineEndings(" "));
            double rate = double.Parse(Rate().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            results.Of(name, contender, "rate", "req/s").Add(rate);
            results.Of(name, contender, "CPU", "us").Add((servers.CpuMilliseconds(contender) - cpu) * 1000 / (rate * 2));
        }, rounds);
    }

    private void Client(string name)
    {
        File.WriteAllText(servers.Folder + "/target", "a target");
        Each(name, (contender, _) =>
        {
            string gun = $"bench/client-{number++}", trust = $"{servers.Folder}/trust-{number}";
            foreach (string[] words in (string[][])[["init", "-p", gun], ["add", "-p", gun, "v1", servers.Folder + "/target"], ["list", gun]])
            {
                Ending ending = spawner.Run(new(["/usr/bin/env", "HOME=" + servers.Folder, "NOTARY_ROOT_PASSPHRASE=passphrase", "NOTARY_TARGETS_PASSPHRASE=passphrase", "NOTARY_SNAPSHOT_PASSPHRASE=passphrase", "/usr/bin/notary", "-s", servers.AddressOf(contender), "--tlscacert", servers.Certificate, "-d", trust, .. words]));
                string said = spawner.TakeOutput();
                if (ending.Failures != 0) throw new InvalidOperationException($"notary {words[0]}: {said}");
                results.Of(name, contender, words[0], "ms").Add(ending.WallMilliseconds);
            }
        }, rounds);
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}
