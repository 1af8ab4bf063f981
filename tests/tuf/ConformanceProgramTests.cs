using System.Net;
using System.Text;
using Keelson.Tuf.Conformance;

namespace Keelson.Tuf.Tests;

/// <summary>The program that suites of conformance drive, over HTTP.</summary>
public sealed class ConformanceProgramTests : IAsyncDisposable
{
    private readonly TestRepository repository = new(null, r =>
    {
        r.AddTarget("file", "content");
        r.AddTarget("path/to a/file", "deep");
    });

    private readonly RepositoryServer server;
    private readonly string directory = TestDirectory.Make("conformance");

    public ConformanceProgramTests() => server = new(repository);

    private string Metadata => Path.Combine(directory, "metadata");

    private string Targets => Path.Combine(directory, "targets");

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        TestDirectory.Remove(directory);
    }

    [Fact]
    public async Task Init_refresh_and_download_end_with_0_and_leave_plain_names()
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        Assert.Empty(repository.Requests);
        Assert.Equal(0, await RefreshAsync());
        Assert.Equal(["root.json", "snapshot.json", "targets.json", "timestamp.json"], Directory.GetFiles(Metadata).Select(Path.GetFileName).Order());
        Assert.Equal(0, await DownloadAsync("file"));
        Assert.Equal(0, await DownloadAsync("path/to a/file"));
        Assert.Equal(["content", "deep"], Directory.GetFiles(Targets).Select(File.ReadAllText).Order());
    }

    [Fact]
    public async Task A_download_refreshes_first_also_when_it_fails()
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        Assert.Equal(1, await DownloadAsync("missing"));
        Assert.Equal(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"], repository.Requests);
        Assert.Equal(4, Directory.GetFiles(Metadata).Length);
    }

    [Fact]
    public async Task Several_targets_come_with_one_refresh()
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        Assert.Equal(0, await DownloadAsync("file", "path/to a/file"));
        Assert.Equal(2, Directory.GetFiles(Targets).Length);
        Assert.Single(repository.Requests, "timestamp.json");
    }

    [Fact]
    public async Task A_first_root_that_is_wrong_lets_nothing_be_asked()
    {
        Assert.Equal(1, await InitAsync(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(repository.FirstRoot).Replace("\"version\"", "\"x\"", StringComparison.Ordinal))));
        Assert.Equal(1, await RefreshAsync());
        Assert.Empty(repository.Requests);
    }

    [Fact]
    public async Task A_refused_file_ends_with_1()
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        repository.Overrides["timestamp.json"] = "{}"u8.ToArray();
        Assert.Equal(1, await RefreshAsync());
        Assert.Equal(["root.json"], Directory.GetFiles(Metadata).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_swapped_target_ends_with_1_and_the_one_before_stays()
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        Assert.Equal(0, await DownloadAsync("file"));
        repository.TargetFiles["file"] = "evil!!!"u8.ToArray();
        Assert.Equal(0, await DownloadAsync("file"));
        repository.AddTarget("file", "new one");
        repository.Publish();
        repository.TargetFiles["file"] = "evil!!!"u8.ToArray();
        Assert.Equal(1, await DownloadAsync("file"));
        Assert.Equal("content", File.ReadAllText(Path.Combine(Targets, "file")));
    }

    [Theory]
    [InlineData("?")]
    [InlineData("#")]
    [InlineData("/role")]
    [InlineData("../role")]
    public async Task Strange_names_of_roles_reach_the_server_as_they_are(string role)
    {
        repository.Delegate("targets", role, ["*"]);
        repository.Publish();
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        Assert.Equal(1, await DownloadAsync("missing"));
        Assert.Equal($"1.{Uri.EscapeDataString(role)}.json", repository.Requests[^1]);
        Assert.Equal(5, Directory.GetFiles(directory, "*.json", SearchOption.AllDirectories).Count(path => !path.EndsWith("first.json", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task An_answer_that_is_no_file_ends_with_1(HttpStatusCode status)
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        server.Status = status;
        Assert.Equal(1, await RefreshAsync());
    }

    [Fact]
    public async Task Nobody_at_the_address_ends_with_1()
    {
        Assert.Equal(0, await InitAsync(repository.FirstRoot));
        await server.DisposeAsync();
        Assert.Equal(1, await RefreshAsync());
    }

    [Fact]
    public async Task Wrong_command_lines_end_with_1()
    {
        Assert.Equal(1, await RunAsync("refresh"));
        Assert.Equal(1, await RunAsync("--metadata-dir", Metadata, "dance"));
        Assert.Equal(1, await RunAsync("--metadata-dir"));
        Assert.Equal(1, await RunAsync("--metadata-dir", Metadata, "init", "/nonexistent"));
    }

    [Fact]
    public async Task The_program_itself_does_the_same()
    {
        // Its clock is the machine's, so the repository's has to be near it.
        repository.Clock.Advance(TimeProvider.System.GetUtcNow() - repository.Clock.GetUtcNow());
        repository.Bump(TufRoles.TopLevel.ToArray());
        string root = Path.Combine(directory, "first.json"), program = Path.Combine(AppContext.BaseDirectory, "keelson-tuf-conformance");
        File.WriteAllBytes(root, repository.FirstRoot);
        CommandOptions options = new() { Environment = StoreTests.Runtime() };
        await Task.Run(() =>
        {
            ChildProcess.Run([program, "--metadata-dir", Metadata, "init", root], options).Succeeds();
            ChildProcess.Run([program, "--metadata-dir", Metadata, "--metadata-url", server.MetadataUrl, "refresh"], options).Succeeds();
            ChildProcess.Run([program, "--metadata-dir", Metadata, "--metadata-url", server.MetadataUrl, "--target-name", "file", "--target-base-url", server.TargetsUrl, "--target-dir", Targets, "download"], options).Succeeds();
            ChildProcess.Run([program, "--metadata-dir", Metadata, "--metadata-url", server.MetadataUrl, "--target-name", "missing", "--target-base-url", server.TargetsUrl, "--target-dir", Targets, "download"], options).Exits(1);
        });
        Assert.Equal("content", File.ReadAllText(Path.Combine(Targets, "file")));
    }

    private async Task<int> InitAsync(byte[] root)
    {
        string file = Path.Combine(directory, "first.json");
        await File.WriteAllBytesAsync(file, root);
        return await RunAsync("--metadata-dir", Metadata, "init", file);
    }

    private Task<int> RefreshAsync() => RunAsync("--metadata-dir", Metadata, "--metadata-url", server.MetadataUrl, "refresh");

    private Task<int> DownloadAsync(params string[] names) => RunAsync(
        ["--metadata-dir", Metadata, "--metadata-url", server.MetadataUrl, .. names.SelectMany(name => (string[])["--target-name", name]), "--target-base-url", server.TargetsUrl, "--target-dir", Targets, "download"]);

    private Task<int> RunAsync(params string[] arguments) => ConformanceClient.RunAsync(arguments, TextWriter.Null, repository.Clock);
}
