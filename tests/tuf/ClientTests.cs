namespace Keelson.Tuf.Tests;

/// <summary>The client's workflow where nobody attacks. TUF 1.0.34 section 5.</summary>
public sealed class ClientTests
{
    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task A_first_refresh_trusts_all_four_roles(string dialect)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        Assert.Equal([TufRoles.Root, TufRoles.Snapshot, TufRoles.Targets, TufRoles.Timestamp], store.Roles);
        Assert.All(TufRoles.TopLevel, role => Assert.Equal(repository.Builder.Current[role].ToArray(), store[role]));
    }

    [Fact]
    [Spec("TUF 1.0.34", "5")]
    public async Task The_files_are_asked_for_in_the_order_of_the_specification()
    {
        TestRepository repository = new();
        (TufClient client, _) = await repository.NewClientAsync();
        await client.RefreshAsync();
        await client.RefreshAsync();
        Assert.Equal(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "2.root.json", "timestamp.json"], repository.Requests);
    }

    [Fact]
    public async Task Notary_files_are_asked_for_by_their_hashes_and_the_next_root_first()
    {
        TestRepository repository = new(new NotaryDialect());
        (TufClient client, _) = await repository.NewClientAsync();
        await client.RefreshAsync();
        string Hash(string role) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(repository.Builder.Current[role].Span));
        Assert.Equal(["2.root.json", "timestamp.json", $"snapshot.{Hash("snapshot")}.json", $"targets.{Hash("targets")}.json"], repository.Requests);
    }

    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task A_client_that_slept_follows_all_roots(string dialect)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        for (int i = 0; i < 5; i++)
        {
            repository.SetSigners(TufRoles.Root, 1, EcdsaSigner.Generate());
            repository.Publish();
        }
        await client.RefreshAsync();
        Assert.Equal(6, store.VersionOf(TufRoles.Root));
    }

    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task A_target_is_found_with_its_length_and_hashes(string dialect)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect), r => r.AddTarget("v1", "content"));
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = Assert.IsType<TufTargetFile>(await client.FindTargetAsync("v1"));
        Assert.Equal(7, target.LengthBytes);
        Assert.True(target.Hashes.Match("content"u8));
        Assert.Null(await client.FindTargetAsync("v2"));
    }

    [Theory]
    [InlineData("file.txt")]
    [InlineData("path/to/a/file.txt")]
    [InlineData("with space/100%.txt")]
    [InlineData("%2F%2e%2e")]
    public async Task A_target_is_downloaded_once(string path)
    {
        TestRepository repository = new(null, r => r.AddTarget(path, "content"));
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync(path))!;
        string file = Path.Combine(TestDirectory.Make("target"), TufClient.FileNameOf(target));
        Assert.True(await client.DownloadAsync(target, repository.Targets, file));
        Assert.Equal("content", File.ReadAllText(file));
        int requests = repository.Requests.Count;
        Assert.False(await client.DownloadAsync(target, repository.Targets, file));
        Assert.Equal(requests, repository.Requests.Count);
    }

    [Fact]
    public async Task A_repository_without_consistent_snapshots_has_plain_names()
    {
        TestRepository repository = new(null, r =>
        {
            r.Builder.IsConsistent = false;
            r.AddTarget("a/b", "content");
        });
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync("a/b"))!;
        using MemoryStream content = new();
        await client.DownloadAsync(target, repository.Targets, content);
        Assert.Equal(["2.root.json", "timestamp.json", "snapshot.json", "targets.json", "a/b"], repository.Requests);
    }

    [Fact]
    public async Task Members_that_nobody_knows_are_signed_and_kept()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Builder.Edit(TufRoles.Root, tree =>
        {
            tree["x-field"] = "value";
            tree["roles"]!["root"]!["x-other"] = new System.Text.Json.Nodes.JsonObject { ["b"] = 1, ["a"] = 2 };
            foreach ((_, System.Text.Json.Nodes.JsonNode? key) in tree["keys"]!.AsObject()) key!["keyid_hash_algorithms"] = new System.Text.Json.Nodes.JsonArray("md5");
        });
        repository.Publish();
        await client.RefreshAsync();
        Assert.Contains("x-other", System.Text.Encoding.UTF8.GetString(store[TufRoles.Root]!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_kept_byte_for_byte()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        byte[] spaced = [.. repository.Builder.Current[TufRoles.Timestamp].ToArray(), .. "\n \n"u8];
        repository.Overrides["timestamp.json"] = spaced;
        await client.RefreshAsync();
        Assert.Equal(spaced, store[TufRoles.Timestamp]);
    }

    [Fact]
    public async Task Expired_kept_metadata_do_for_comparing_versions()
    {
        TestRepository repository = new(null, r => r.Builder.SetLifetime(TufRoles.Timestamp, TimeSpan.FromDays(7)));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Builder.SetLifetime(TufRoles.Timestamp, TimeSpan.FromDays(21));
        repository.Bump(TufRoles.Targets);
        repository.Clock.Advance(TimeSpan.FromDays(18));
        await client.RefreshAsync();
        Assert.Equal((2, 2, 2), (store.VersionOf(TufRoles.Timestamp), store.VersionOf(TufRoles.Snapshot), store.VersionOf(TufRoles.Targets)));
    }

    [Theory]
    [InlineData(TufRoles.Timestamp, 1, 1, 1)]
    [InlineData(TufRoles.Snapshot, 2, 1, 1)]
    [InlineData(TufRoles.Targets, 2, 2, 1)]
    public async Task A_missing_file_ends_the_update_where_it_is_missing(string role, long timestamp, long snapshot, long targets)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Targets);
        repository.Overrides[repository.Dialect.FileOf(role, 2, null, true)] = null;
        Assert.Equal(TufFault.NotFound, (await Assert.ThrowsAsync<TufException>(() => client.RefreshAsync())).Fault);
        Assert.Equal((timestamp, snapshot, targets), (store.VersionOf(TufRoles.Timestamp), store.VersionOf(TufRoles.Snapshot), store.VersionOf(TufRoles.Targets)));
    }

    [Fact]
    public async Task Hashes_in_the_snapshot_are_checked_when_they_are_there()
    {
        TestRepository repository = new(null, r => r.Builder.HasMetaHashes = true);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Targets);
        await client.RefreshAsync();
        Assert.Equal(2, store.VersionOf(TufRoles.Targets));
    }

    [Fact]
    public async Task Docker_reads_releases_before_targets()
    {
        TestRepository repository = new(new NotaryDialect(), r =>
        {
            r.Delegate("targets", "targets/releases", [""]);
            r.AddTarget("v1", "by targets");
            r.AddTarget("v1", "by releases", "targets/releases");
        });
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.True((await client.FindTargetAsync("v1", "targets/releases"))!.Hashes.Match("by releases"u8));
        Assert.True((await client.FindTargetAsync("v1"))!.Hashes.Match("by targets"u8));
        Assert.Single((await client.GetRoleAsync("targets/releases"))!.Targets);
        Assert.Null(await client.GetRoleAsync("targets/other"));
    }

    [Fact]
    public async Task A_notary_role_that_is_not_published_yet_is_passed_over()
    {
        TestRepository repository = new(new NotaryDialect(), r => r.AddTarget("v1", "content"));
        TufKey key = repository.Dialect.KeyOf(EcdsaSigner.Generate());
        repository.Builder.Edit(TufRoles.Targets, tree =>
        {
            tree["delegations"]!["keys"]![key.Id] = repository.Dialect.WriteKey(key);
            tree["delegations"]!["roles"]!.AsArray().Add(System.Text.Json.Nodes.JsonNode.Parse($$"""{"name":"targets/x","paths":[""],"threshold":1,"keyids":["{{key.Id}}"]}"""));
        });
        repository.Publish();
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.Null(await client.GetRoleAsync("targets/x"));
        Assert.Null(await client.FindTargetAsync("v9"));
    }
}
