using Keelson.Linux.Sys;

namespace Keelson.Distribution.Tests;

public sealed class KilledPullTests
{
    [Fact]
    public async Task A_pull_that_was_killed_goes_on_from_the_last_byte()
    {
        TestImage image = TestImage.Make(8_000_000);
        string directory = TestDirectory.Make("killed");
        await using ImageServer server = new(image);
        const int Before = 5_000_000;
        TaskCompletionSource half = new();
        server.Fault = async (request, peer, stop) =>
        {
            if (!server.IsLayer(request) || half.Task.IsCompleted) return false;
            await peer.HeadAsync(200, ("Content-Length", image.Layers[0].Length.ToString()));
            await peer.BodyAsync(image.Layers[0].AsMemory(0, Before));
            half.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
            return true;
        };
        using (ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "pull", server.Reference.ToString(), directory], new CommandOptions { Environment = Runtime() }))
        {
            await half.Task.WaitAsync(Condition.Limit);
            Condition.Await("what was sent to be written", () => Directory.EnumerateFiles(directory + "/ingest").Any(file => new FileInfo(file).Length == Before));
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
        }
        long sent = server.Sent;
        ChildProcess.Run([Environment.ProcessPath!, "pull", server.Reference.ToString(), directory], new CommandOptions { Environment = Runtime() }).Succeeds();
        await image.AssertInAsync(OciLayout.Open(directory));
        Request resumed = Assert.Single(server.Requests, r => server.IsLayer(r) && r.Range is not null);
        // The manifest was fetched but not stored before its layers were there.
        Assert.Equal((Before, image.Layers[0].Length - Before + image.Manifest.Length), (resumed.Range!.Value.First, server.Sent - sent));
        Assert.Empty(Directory.EnumerateFiles(directory + "/ingest"));
    }

    [Fact]
    public async Task A_damaged_rest_of_a_killed_pull_is_thrown_away_and_fetched_again()
    {
        TestImage image = TestImage.Make(100_000);
        await using ImageServer server = new(image);
        OciLayout layout = Clients.NewLayout();
        await using (IBlobWriter writer = await layout.OpenWriterAsync("layer-" + image.LayerDigest(0), default)) await writer.WriteAsync(new byte[40_000], default);
        using RegistryClient client = new(Clients.Impatient);
        using ImagePuller puller = new(client, layout, new PullOptions { Platform = TestImage.Any });
        await puller.PullAsync(server.Reference);
        await image.AssertInAsync(layout);
        Assert.Equal([40_000, null], server.Requests.Where(r => server.IsLayer(r)).Select(r => r.Range?.First));
    }

    [Fact]
    public async Task Two_writers_of_one_blob_do_not_mix()
    {
        OciLayout layout = Clients.NewLayout();
        await using IBlobWriter first = await layout.OpenWriterAsync("layer-x", default);
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(async () => await layout.OpenWriterAsync("layer-x", default))).Kind);
    }

    private static Dictionary<string, string> Runtime() => new() { ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../..")) };
}
