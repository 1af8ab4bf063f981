using System.Text.RegularExpressions;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Registry.Tests.S3;

namespace Keelson.Registry.Tests.Coordination;

/// <summary>The published program over a bucket and a database, by its configuration.</summary>
public sealed partial class KeelsondTests(PostgresServer database) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly string folder = TestDirectory.Make("keelsond");

    public void Dispose() => TestDirectory.Remove(folder);

    [DaemonFact]
    public async Task Two_of_them_serve_one_bucket()
    {
        await using S3Server bucket = await S3Server.StartAsync();
        using ChildProcess one = Start(Shared(bucket, "one")), other = Start(Shared(bucket, "other"));
        using HttpClient a = Client(one), b = Client(other);
        byte[] layer = Pushes.Random(3_000_000), manifest = await a.PushImageAsync("r", "1", layer);
        Assert.Equal(manifest, await b.GetByteArrayAsync("/v2/r/manifests/1"));
        Assert.Equal(layer, await b.GetByteArrayAsync($"/v2/r/blobs/{Digest.Of(layer)}"));
        Assert.Equal("""{"name":"r","tags":["1"]}""", await b.GetStringAsync("/v2/r/tags/list"));
        Assert.All(bucket.Objects.Keys, key => Assert.StartsWith("root/docker/registry/v2/", key, StringComparison.Ordinal));
        CommandResult collected = ChildProcess.Run([Repository.PublishedDaemon, "registry", "garbage-collect", "--config", Shared(bucket, "one")]);
        Assert.Equal("0 manifests, 0 blobs, 0 bytes removed\n", collected.Succeeds().Stdout);
        foreach (ChildProcess process in (ChildProcess[])[one, other])
        {
            process.Signal(Signals.SIGTERM);
            Assert.Equal(0, process.WaitForEnd().ExitCode);
            Assert.DoesNotContain(S3Server.SecretKey, process.Stderr, StringComparison.Ordinal);
            Assert.DoesNotContain("a-secret-of-the-tests", process.Stderr, StringComparison.Ordinal);
        }
    }

    [DaemonFact]
    public async Task Two_of_one_name_do_not_serve_one_store()
    {
        await using S3Server bucket = await S3Server.StartAsync();
        string config = Shared(bucket, "same");
        using ChildProcess one = Start(config);
        CommandResult second = ChildProcess.Run([Repository.PublishedDaemon, "registry", "serve", "--config", config]);
        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("another registry on the store registry is called same", second.Stderr, StringComparison.Ordinal);
        // Killed, and at once there again.
        one.Signal(Signals.SIGKILL);
        one.WaitForEnd();
        using ChildProcess again = Start(config);
    }

    [DaemonTheory]
    [InlineData("[coordination.postgresql]\nconnection = \"Host=127.0.0.1\"\nmember = \"../x\"", "'../x' is no name of a member")]
    [InlineData("[storage.s3]\nregion = \"x\"", "storage.s3.bucket: is missing")]
    [InlineData("[storage.s3]\nbucket = \"b\"\naccesskey = \"a\"", "storage.s3.accesskey: there is one of accesskey and secretkey, and not the other")]
    [InlineData("[storage.s3]\nbucket = \"b\"\nchunksize = 100", "storage.s3.chunksize: expected an integer from 5242880 to 1073741824")]
    [InlineData("[storage.s3]\nbucket = \"b\"\nregionendpoint = \"http://\"", "storage.s3.regionendpoint: 'http://' is no address of a server")]
    [InlineData("[storage.s3]\nbucket = \"b\"\nodd = 1", "storage.s3.odd: the key is unknown")]
    [InlineData("[coordination.postgresql]\nstore = \"x\"", "coordination.postgresql.connection: is missing")]
    [InlineData("[coordination.mysql]\nstore = \"x\"", "coordination.mysql: the key is unknown")]
    public void What_is_wrong_in_the_configuration_is_named(string text, string message)
    {
        CommandResult result = ChildProcess.Run([Repository.PublishedDaemon, "registry", "serve", "--config", Write(text)]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
    }

    [DaemonFact]
    public async Task A_bucket_that_cannot_be_read_is_told_at_the_start()
    {
        await using S3Server bucket = await S3Server.StartAsync();
        CommandResult result = ChildProcess.Run([Repository.PublishedDaemon, "registry", "serve", "--config", Write(Bucket(bucket).Replace(S3Server.SecretKey, "another secret", StringComparison.Ordinal))]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("s3 list images/root/: 403 SignatureDoesNotMatch", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("another secret", result.Stderr, StringComparison.Ordinal);
    }

    private static string Bucket(S3Server bucket) => $"""
        [http]
        addr = "127.0.0.1:0"
        [storage.s3]
        bucket = "{S3Server.Bucket}"
        region = "{S3Server.Region}"
        regionendpoint = "{bucket.Address}"
        accesskey = "{S3Server.AccessKey}"
        secretkey = "{S3Server.SecretKey}"
        rootdirectory = "/root"

        """;

    private string Shared(S3Server bucket, string member) => Write(Bucket(bucket) + $"""
        [coordination.postgresql]
        connection = "{database.Connection}"
        member = "{member}"
        settling = "4s"
        """);

    private string Write(string text)
    {
        string file = $"{folder}/{Guid.NewGuid():N}.toml";
        File.WriteAllText(file, text);
        return file;
    }

    private static ChildProcess Start(string config)
    {
        ChildProcess started = ChildProcess.Start([Repository.PublishedDaemon, "registry", "serve", "--config", config]);
        Condition.Await("the registry to listen", () => started.HasEnded || Listening().IsMatch(started.Stderr), TimeSpan.FromMinutes(1));
        Assert.False(started.HasEnded, started.Stderr);
        return started;
    }

    private static HttpClient Client(ChildProcess process) => new() { BaseAddress = new("http://" + Listening().Match(process.Stderr).Value) };

    [GeneratedRegex(@"127\.0\.0\.1:[1-9]\d*")]
    private static partial Regex Listening();
}
