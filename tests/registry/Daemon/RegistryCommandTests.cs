using System.Globalization;
using System.Net;
using System.Text.Json;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Daemon;

/// <summary><c>keelsond registry</c>: its configuration is in force, and its commands say what is so.</summary>
public sealed class RegistryCommandTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("command");

    public RegistryCommandTests() => Assert.SkipUnless(Needs.Missing(Need.PublishedDaemon) is null, "needs the published keelsond");

    public void Dispose() => TestDirectory.Remove(folder);

    [Fact]
    public void A_service_manager_hears_when_it_serves_and_when_it_stops()
    {
        using StandInManager manager = new();
        using KeelsondRegistry registry = new(folder, "", new KeyValuePair<string, string>("NOTIFY_SOCKET", manager.Address));
        Assert.Equal("READY=1", manager.Hear());
        registry.Stop();
        Assert.Equal("STOPPING=1", manager.Hear());
        Assert.Equal(0, registry.WaitForEnd());
    }

    [Fact]
    public async Task What_is_configured_is_in_force_and_pulls_outlive_a_stop()
    {
        Configure("""
            [browse]
            enabled = true
            [lint.all]
            repositories = ["linted/**"]
            annotations = ["org.example.source"]
            [quota]
            bytes = 100000
            [quota.rules.small]
            repositories = ["small"]
            bytes = 1000
            tags = 1
            [ratelimit.address]
            writes = 0.001
            burst = 50
            [retention]
            interval = "1h"
            [retention.policies.all]
            repositories = ["**"]
            deleteuntagged = true
            [retention.policies.all.keep.releases]
            patterns = ["^v"]
            pushed = 3
            pulledwithin = "24h"
            [storage.scrub]
            interval = "24h"
            rate = 1000000
            repair = true
            """);
        byte[] image;
        using (ChildProcess registry = Serve(out Uri address))
        using (HttpClient client = new() { BaseAddress = address })
        {
            image = await client.PushImageAsync("app", "1");
            await client.GetByteArrayAsync("/v2/app/manifests/1");
            await client.PushBlobAsync("linted/app", "{}"u8.ToArray());
            using HttpResponseMessage lint = await client.PutManifestAsync("linted/app", "1", Pushes.Manifest("{}"u8.ToArray()));
            byte[] large = Pushes.Random(2000);
            using HttpResponseMessage quota = await client.PostAsync($"/v2/small/blobs/uploads/?digest={Digest.Of(large)}", new ByteArrayContent(large));
            Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Forbidden), (lint.StatusCode, quota.StatusCode));
            HttpStatusCode[] statuses = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
            {
                using HttpResponseMessage begun = await client.DeleteAsync("/v2/app/manifests/none");
                return begun.StatusCode;
            }));
            Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
            registry.Signal(Signals.SIGTERM);
            Assert.Equal(0, registry.WaitForEnd(TimeSpan.FromSeconds(60)).ExitCode);
        }
        Configure("[browse]\nenabled = false");
        using (ChildProcess registry = Serve(out Uri address))
        using (HttpClient client = new() { BaseAddress = address }) Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync("/keelson/v1/repositories"));
        Configure("");
        using (ChildProcess registry = Serve(out Uri address))
        using (HttpClient client = new() { BaseAddress = address })
        {
            using JsonDocument tags = JsonDocument.Parse(await client.GetStringAsync("/keelson/v1/tags/app"));
            Assert.Equal((Digest.Of(image).ToString(), 1), (tags.RootElement.GetProperty("tags")[0].GetProperty("digest").GetString(), tags.RootElement.GetProperty("tags")[0].GetProperty("pulls").GetInt32()));
        }
    }

    [Fact]
    public async Task A_scrub_exits_with_1_when_something_is_wrong()
    {
        Configure("");
        byte[] layer = Pushes.Random();
        using (ChildProcess registry = Serve(out Uri address))
        using (HttpClient client = new() { BaseAddress = address })
        {
            await client.PushImageAsync("app", "1", layer);
            // The store is the registry's.
            Assert.Contains("another registry has it", Run("scrub").Stderr, StringComparison.Ordinal);
            registry.Signal(Signals.SIGTERM);
            registry.WaitForEnd(TimeSpan.FromSeconds(60));
        }
        CommandResult clean = Run("scrub");
        Assert.True(clean.ExitCode == 0, clean.Stdout + clean.Stderr);
        Assert.Contains("3 pieces of content", clean.Stdout, StringComparison.Ordinal);
        string file = $"{folder}/store/docker/registry/v2/blobs/sha256/{Digest.Of(layer).Hex[..2]}/{Digest.Of(layer).Hex}/data";
        byte[] damaged = File.ReadAllBytes(file);
        damaged[5] ^= 1;
        File.WriteAllBytes(file, damaged);
        CommandResult told = Run("scrub", "--json");
        using JsonDocument json = JsonDocument.Parse(told.Stdout);
        Assert.Equal((1, 1, "damagedContent"), (told.ExitCode, json.RootElement.GetProperty("faults").GetInt32(), json.RootElement.GetProperty("findings")[0].GetProperty("fault").GetString()));
        CommandResult repaired = Run("scrub", "--repair");
        Assert.Equal((1, false), (repaired.ExitCode, File.Exists(file)));
        Assert.Contains("put aside as .keelson/quarantine/", repaired.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[retention.policies.x]\nrepositories = [\"**\"]\n[retention.policies.x.keep.y]\npatterns = [\"(\"]", "retention.policies.x.keep.y.patterns")]
    [InlineData("[retention.policies.x]\ndeleteuntagged = true", "retention.policies.x.repositories")]
    [InlineData("[retention.policies.x]\nrepositories = [\"**\"]\nkeeps = 1", "retention.policies.x.keeps")]
    [InlineData("[quota.rules.x]\nrepositories = [\"UPPER\"]\nbytes = 1", "quota.rules.x.repositories")]
    [InlineData("[quota.rules.x]\nrepositories = [\"a\"]\nbytes = -1", "quota.rules.x.bytes")]
    [InlineData("[lint.x]\nrepositories = [\"a\"]", "lint.x.annotations")]
    [InlineData("[signatures.x]\nrepositories = [\"a\"]", "signatures.x.keys")]
    [InlineData("[signatures.x]\nrepositories = [\"a\"]\nkeys = [\"/nowhere/key.pub\"]", "/nowhere/key.pub")]
    [InlineData("[ratelimit.address]\nreads = \"many\"", "ratelimit.address.reads")]
    [InlineData("[ratelimit]\nreads = 1", "ratelimit.reads")]
    [InlineData("[browse]\nenabled = 1", "browse.enabled")]
    public void What_is_wrong_in_the_configuration_is_told(string table, string expected)
    {
        Configure(table);
        CommandResult result = Run("serve");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Stderr, StringComparison.Ordinal);
    }

    private void Configure(string tables) => File.WriteAllText(folder + "/config.toml", string.Create(CultureInfo.InvariantCulture, $"""
        [http]
        addr = "127.0.0.1:0"
        [storage.filesystem]
        rootdirectory = "{folder}/store"
        [storage.delete]
        enabled = true

        """) + tables.Replace("\n            ", "\n", StringComparison.Ordinal) + "\n");

    private CommandResult Run(string command, params IReadOnlyList<string> options) =>
        ChildProcess.Run([Repository.PublishedDaemon, "registry", command, "--config", folder + "/config.toml", .. options], new() { Limit = TimeSpan.FromSeconds(60) });

    private ChildProcess Serve(out Uri address)
    {
        ChildProcess started = ChildProcess.Start([Repository.PublishedDaemon, "registry", "serve", "--config", folder + "/config.toml"]);
        Condition.Await("the registry to serve", () => started.HasEnded || started.Stderr.Contains(" serves ", StringComparison.Ordinal), TimeSpan.FromMinutes(2));
        string log = started.Stderr;
        Assert.False(started.HasEnded, log);
        string behind = log[(log.IndexOf(" serves ", StringComparison.Ordinal) + 8)..];
        address = new("http://" + behind[..behind.IndexOf(' ', StringComparison.Ordinal)]);
        return started;
    }
}
