using System.Text.Json.Nodes;

namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 8: one role in the place of another; delegations that lead in circles, too far, or out.</summary>
public sealed class RoleConfusionTests
{
    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task Metadata_of_another_type_are_refused_although_their_key_is_right(string dialect)
    {
        EcdsaSigner shared = EcdsaSigner.Generate();
        TestRepository repository = new(TestRepository.DialectOf(dialect), r =>
        {
            r.SetSigners(TufRoles.Snapshot, 1, shared);
            r.SetSigners(TufRoles.Timestamp, 1, shared);
        });
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Overrides["timestamp.json"] = RollbackTests.Resigned(repository, TufRoles.Snapshot, tree =>
        {
            tree["version"] = 2;
            tree["meta"]![repository.Dialect.MetaOf(TufRoles.Snapshot)] = tree["meta"]![repository.Dialect.MetaOf(TufRoles.Targets)]!.DeepClone();
        });
        await client.RefusesAsync(store, TufFault.WrongType);
    }

    [Theory]
    [InlineData("Root", "TUF 1.0")]
    [InlineData("root", "notary")]
    [InlineData("ROOT", "TUF 1.0")]
    public async Task The_type_is_spelt_as_the_dialect_does(string type, string dialect)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.Overrides["2.root.json"] = RollbackTests.Resigned(repository, TufRoles.Root, tree => (tree["_type"], tree["version"]) = (type, 2));
        await client.RefusesAsync(store, TufFault.WrongType);
    }

    [Theory]
    [InlineData("2.0.0")]
    [InlineData("1")]
    [InlineData("1.x.0")]
    [InlineData("")]
    public async Task Another_specification_is_refused(string version)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.Overrides["timestamp.json"] = RollbackTests.Resigned(repository, TufRoles.Timestamp, tree => tree["spec_version"] = version);
        await client.RefusesAsync(store, TufFault.Malformed);
    }

    /// <summary>Delegations "from>to", with ":pattern" and "!" for a terminating one; then the roles that are asked, in order.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Graphs =>
    [
        new("targets>A", "A"),
        new("targets>A targets>B", "A B"),
        new("targets>A targets>B B>C", "A B C"),
        new("targets>A targets>B A>C A>D", "A C D B"),
        new("targets>A targets>B A>C C>D", "A C D B"),
        new("targets>A targets>B A>C! A>D", "A C"),
        new("targets>A targets>B A>C! C>D", "A C D"),
        new("targets>A:*.py targets>B A>C", "B"),
        new("targets>A targets>B A>C:*.py C>D", "A B"),
        new("targets>A targets>B B>C C>D D>B", "A B C D"),
        new("targets>A A>A", "A"),
        new("targets>A A>B:*.py targets>C", "A C"),
    ];

    [Theory]
    [MemberData(nameof(Graphs))]
    [Spec("TUF 1.0.34", "5.6.7")]
    public async Task Delegations_are_followed_in_order_and_each_role_once(string graph, string visited)
    {
        TestRepository repository = new(null, r => Delegate(r, graph));
        (TufClient client, _) = await repository.NewClientAsync();
        await client.RefreshAsync();
        int before = repository.Requests.Count;
        Assert.Null(await client.FindTargetAsync("missing"));
        Assert.Equal(visited.Split(' ').Select(role => $"1.{role}.json"), repository.Requests.Skip(before));
    }

    [Theory]
    [InlineData("top", true, "")]
    [InlineData("README.md", true, "A")]
    [InlineData("releases/x/x_v1", true, "B C")]
    [InlineData("releases/y/y_v1.zip", true, "B D")]
    [InlineData("releases/z/z_v1.zip", false, "B")]
    public async Task A_target_is_trusted_from_roles_that_are_entrusted_with_it_alone(string path, bool isFound, string visited)
    {
        TestRepository repository = new(null, r =>
        {
            Delegate(r, "targets>A:*.doc,*.md targets>B:releases/*/* B>C:releases/x/* B>D:releases/y/*.zip");
            r.AddTarget("top", "t");
            r.AddTarget("README.md", "a", "A");
            r.AddTarget("releases/x/x_v1", "c", "C");
            r.AddTarget("releases/y/y_v1.zip", "d", "D");
            r.AddTarget("releases/z/z_v1.zip", "d", "D");
        });
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.Equal(isFound, await client.FindTargetAsync(path) is not null);
        Assert.Equal(visited.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(role => $"1.{role}.json"), repository.Requests.Skip(4));
    }

    [Fact]
    public async Task A_deep_chain_of_delegations_ends_at_the_limit()
    {
        TestRepository repository = new(null, r => Delegate(r, "targets>r0 " + string.Join(' ', Enumerable.Range(0, 40).Select(i => $"r{i}>r{i + 1}"))));
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.Equal(TufFault.TooMany, (await Assert.ThrowsAsync<TufException>(() => client.FindTargetAsync("missing"))).Fault);
        Assert.Equal(31, repository.Requests.Count(path => path.StartsWith("1.r", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_wide_delegation_ends_at_the_limit()
    {
        TestRepository repository = new(null, r => Delegate(r, string.Join(' ', Enumerable.Range(0, 200).Select(i => $"targets>r{i}"))));
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.Equal(TufFault.TooMany, (await Assert.ThrowsAsync<TufException>(() => client.FindTargetAsync("missing"))).Fault);
    }

    [Fact]
    public async Task A_role_that_one_delegator_trusts_is_verified_with_the_keys_of_the_next()
    {
        // Both A and B delegate to C, with other keys; C is signed by A's alone. It is kept, and in memory, when B asks.
        EcdsaSigner byA = EcdsaSigner.Generate(), byB = EcdsaSigner.Generate();
        TestRepository repository = new(null, r =>
        {
            r.Delegate("targets", "A", ["a*"]);
            r.Delegate("targets", "B", ["b*"]);
            r.Delegate("A", "C", ["*"], signer: byA);
            r.AddTarget("a1", "by C", "C");
            r.AddTarget("b1", "by C", "C");
        });
        TufKey key = repository.Dialect.KeyOf(byB);
        repository.Builder.Edit("B", tree => tree["delegations"] = new JsonObject
        {
            ["keys"] = new JsonObject { [key.Id] = repository.Dialect.WriteKey(key) },
            ["roles"] = new JsonArray(new JsonObject { ["name"] = "C", ["keyids"] = new JsonArray(key.Id), ["threshold"] = 1, ["paths"] = new JsonArray("*"), ["terminating"] = false }),
        });
        repository.Publish();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        Assert.NotNull(await client.FindTargetAsync("a1"));
        Assert.Equal(TufFault.BadSignature, (await Assert.ThrowsAsync<TufException>(() => client.FindTargetAsync("b1"))).Fault);
        Assert.Equal(TufFault.BadSignature, (await Assert.ThrowsAsync<TufException>(() => repository.Client(store).FindTargetAsync("b1"))).Fault);
        Assert.NotNull(await client.FindTargetAsync("a1"));
        Assert.Equal(TufFault.BadSignature, (await Assert.ThrowsAsync<TufException>(() => client.FindTargetAsync("b1"))).Fault);
    }

    [Theory]
    [InlineData("?", "1.%3F.json")]
    [InlineData("#", "1.%23.json")]
    [InlineData("/role", "1.%2Frole.json")]
    [InlineData("../role", "1...%2Frole.json")]
    [InlineData("%2E%2E%2Frole", "1.%252E%252E%252Frole.json")]
    [InlineData("é", "1.%C3%A9.json")]
    public async Task A_strange_name_of_a_role_stays_one_name(string role, string file)
    {
        TestRepository repository = new(null, r => r.Delegate("targets", role, ["*"]));
        string directory = TestDirectory.Make("names");
        DirectoryTufStore store = new(Path.Combine(directory, "metadata"));
        TufClient client = repository.Client(store);
        await client.InitializeAsync(repository.FirstRoot);
        Assert.Null(await client.FindTargetAsync("missing"));
        Assert.Equal(file, repository.Requests[^1]);
        Assert.Equal(5, Directory.GetFiles(directory, "*.json", SearchOption.AllDirectories).Length);
        Assert.Equal(5, Directory.GetFiles(Path.Combine(directory, "metadata"), "*.json").Length);
    }

    [Fact]
    public async Task A_very_long_name_of_a_role_fits_a_file()
    {
        string role = new('r', 1000);
        TestRepository repository = new(null, r => r.Delegate("targets", role, ["*"]));
        DirectoryTufStore store = new(TestDirectory.Make("names"));
        TufClient client = repository.Client(store);
        await client.InitializeAsync(repository.FirstRoot);
        Assert.Null(await client.FindTargetAsync("missing"));
        Assert.Equal(repository.Builder.Current[role].ToArray(), (await store.LoadAsync(role))!.Value.ToArray());
    }

    [Theory]
    [InlineData("root", TufFault.BadPath)]
    [InlineData("timestamp", TufFault.BadPath)]
    [InlineData("snapshot", TufFault.BadPath)]
    [InlineData("targets", TufFault.BadPath)]
    [InlineData("", TufFault.Malformed)]
    public async Task A_delegation_to_a_role_of_the_top_level_is_refused(string name, TufFault fault)
    {
        TestRepository repository = new(null, r => r.Delegate("targets", "A", ["*"]));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Targets, tree => tree["delegations"]!["roles"]![0]!["name"] = name);
        await client.RefusesAsync(store, fault, TufRoles.Timestamp, TufRoles.Snapshot);
    }

    [Theory]
    [InlineData("targets/../root")]
    [InlineData("targets/a/b")]
    [InlineData("targets/UP")]
    [InlineData("targets/a%2Fb")]
    [InlineData("targets/")]
    [InlineData("other/a")]
    public async Task A_notary_role_delegates_to_its_children_alone(string name)
    {
        TestRepository repository = new(new NotaryDialect(), r => r.Delegate("targets", "targets/a", [""]));
        repository.PublishHostile(TufRoles.Targets, tree => tree["delegations"]!["roles"]![0]!["name"] = name);
        (TufClient client, _) = await repository.NewClientAsync();
        await client.RefreshAsync();
        Assert.Equal(TufFault.BadPath, (await Assert.ThrowsAsync<TufException>(() => client.FindTargetAsync("missing"))).Fault);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("a/../../escape")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a\\..\\b")]
    [InlineData("..")]
    public async Task A_target_that_leads_out_is_not_downloaded(string path)
    {
        TestRepository repository = new(null, r => r.AddTarget(path, "content"));
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync(path))!;
        using MemoryStream content = new();
        Assert.Equal(TufFault.BadPath, (await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, repository.Targets, content))).Fault);
        Assert.Equal(4, repository.Requests.Count);
    }

    [Fact]
    public async Task Both_kinds_of_delegation_at_once_are_refused()
    {
        TestRepository repository = new(null, r => r.Delegate("targets", "A", ["*"]));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Targets, tree => tree["delegations"]!["succinct_roles"] = JsonNode.Parse("""{"keyids":[],"threshold":1,"bit_length":1,"name_prefix":"b"}"""));
        await client.RefusesAsync(store, TufFault.Malformed, TufRoles.Timestamp, TufRoles.Snapshot);
    }

    private static void Delegate(TestRepository repository, string graph)
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        foreach (string edge in graph.Split(' '))
        {
            string[] ends = edge.TrimEnd('!').Split('>', ':');
            repository.Delegate(ends[0], ends[1], ends.Length > 2 ? ends[2].Split(',') : ["*"], edge.EndsWith('!'), signer);
        }
    }
}
