using System.Diagnostics;
using System.Security.Cryptography;
using Containerd.Services.Transfer.V1;
using Containerd.Types.Transfer;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Keelson.Bench.Archive;

namespace Keelson.Bench.Image;

/// <summary>What is measured. Contenders take turns within every round, and the order rotates.</summary>
internal sealed class Cases(Services services, Spawner spawner, Results results, int rounds)
{
    private const int LargeLayers = 4, LargeLayerBytes = 64 << 20;

    /// <summary>Names, what they stand for, and how they are run.</summary>
    public IReadOnlyList<(string Name, string Title, Func<Task> Run)> All =>
    [
        ("import", "ctr import of a layer with 43,296 entries", () => EachAsync("import", ["containerd", "keelsond"], Many)),
        ("many", "pull of that layer over loopback", () => EachAsync("many", services.Contenders, Many)),
        ("pull", "pull of 256 MiB in four layers over loopback", () => EachAsync("pull", services.Contenders, Large)),
    ];

    private async Task EachAsync(string name, IReadOnlyList<string> contenders, Func<string> make)
    {
        string layout = $"{services.Folder}/{name}", reference = $"{services.Registry}/{name}:1";
        Directory.CreateDirectory(layout);
        await ImageLayout.WriteAsync(layout, make == Many ? [make()] : [.. Enumerable.Range(0, LargeLayers).Select(_ => make())]);
        Must(["/bin/tar", "-cf", layout + ".tar", "-C", layout, "."]);
        Must(services.Ctr("containerd", "images", "import", "--no-unpack", "--base-name", $"{services.Registry}/{name}", layout + ".tar"));
        Must(services.Ctr("containerd", "images", "push", "--plain-http", reference));
        for (int round = -1; round < rounds; round++)
            for (int i = 0; i < contenders.Count; i++)
            {
                string contender = contenders[(i + round + 1) % contenders.Count];
                Remove(contender);
                services.ResetPeak(contender);
                double cpu = services.CpuMilliseconds(contender), peak = services.PeakMebibytes(contender);
                long start = Stopwatch.GetTimestamp();
                double client = contender == "transfer" ? await PullAsync(reference)
                    : Must(contender is "docker" or "keelson" ? services.Docker(contender, "pull", "--quiet", reference)
                    : name == "import" ? services.Ctr(contender, "images", "import", "--base-name", $"{services.Registry}/{name}", layout + ".tar")
                    : services.Ctr(contender, "images", "pull", "--plain-http", reference));
                double wall = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (round < 0) continue;
                results.Of(name, contender, "wall", "ms").Add(wall);
                results.Of(name, contender, "CPU", "ms").Add(services.CpuMilliseconds(contender) - cpu + client);
                results.Of(name, contender, "memory", "MiB").Add(services.PeakMebibytes(contender) - peak);
            }
        foreach (string contender in contenders) Remove(contender);
        File.Delete(layout + ".tar");
        Directory.Delete(layout, recursive: true);
    }

    /// <summary>Lets the daemon pull; the client does nothing but wait.</summary>
    private async Task<double> PullAsync(string reference)
    {
        TransferRequest request = new() { Source = Pack(new OCIRegistry { Reference = reference }), Destination = Pack(new ImageStore { Name = reference, Unpacks = { new UnpackConfiguration() } }) };
        await new Transfer.TransferClient(services.Channel).TransferAsync(request, new Grpc.Core.Metadata { { "containerd-namespace", "default" } });
        return 0;
    }

    /// <summary>Removes every image of a contender's daemon: what another client has left there would be shared.</summary>
    private void Remove(string contender)
    {
        if (contender != "docker")
        {
            string daemon = contender == "containerd" ? contender : "keelsond";
            string[] names = Lines(services.Ctr(daemon, "images", "ls", "-q"));
            if (names.Length > 0) Must(services.Ctr(daemon, ["images", "rm", "--sync", .. names]));
        }
        if (contender != "containerd")
        {
            string client = contender == "docker" ? contender : "keelson";
            string[] ids = Lines(services.Docker(client, "images", "-q", "--no-trunc"));
            if (ids.Length > 0) Must(services.Docker(client, ["rmi", "--force", .. ids]));
        }
        Must(["/bin/sleep", "1"]);
    }

    private string[] Lines(string[] words)
    {
        spawner.Run(new(words));
        return [.. spawner.TakeOutput().Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct()];
    }

    private double Must(string[] words)
    {
        Ending ending = spawner.Run(new(words));
        string output = spawner.TakeOutput();
        return ending.Failures == 0 ? ending.CpuMilliseconds : throw new InvalidOperationException($"{string.Join(' ', words)}: {output}");
    }

    private string Many()
    {
        string path = services.Folder + "/many.tar.gz";
        if (!File.Exists(path)) SyntheticLayer.Write(path);
        return path;
    }

    /// <summary>Half of it can be compressed, half cannot.</summary>
    private string Large()
    {
        string folder = $"{services.Folder}/large-{RandomNumberGenerator.GetHexString(8)}";
        Directory.CreateDirectory(folder);
        for (int i = 0; i < 64; i++)
        {
            byte[] content = new byte[LargeLayerBytes / 64];
            RandomNumberGenerator.Fill(content.AsSpan(0, content.Length / 2));
            File.WriteAllBytes($"{folder}/file-{i}", content);
        }
        Must(["/bin/tar", "-czf", folder + ".tar.gz", "-C", folder, "."]);
        Directory.Delete(folder, recursive: true);
        return folder + ".tar.gz";
    }

    private static Any Pack(IMessage message) => new() { TypeUrl = message.Descriptor.FullName, Value = message.ToByteString() };
}
