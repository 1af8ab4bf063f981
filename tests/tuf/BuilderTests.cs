using System.Text.Json.Nodes;

namespace Keelson.Tuf.Tests;

/// <summary>What the builder makes, and how several people sign.</summary>
public sealed class BuilderTests
{
    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task Three_people_sign_a_root_of_two_with_copies_of_a_file(string dialect)
    {
        ITufSigner[] people = [EcdsaSigner.Generate(), Ed25519Signer.Generate(), EcdsaSigner.Generate()];
        TestRepository repository = new(TestRepository.DialectOf(dialect), r => r.SetSigners(TufRoles.Root, 2, people));
        repository.Builder.Edit(TufRoles.Root, tree => tree["x"] = 1);
        byte[] staged = repository.Builder.Stage(TufRoles.Root);
        byte[] first = TufSigning.Add(staged, repository.Dialect, [people[0]]), third = TufSigning.Add(staged, repository.Dialect, [people[2]]);
        Assert.Equal(TufFault.BadSignature, Assert.Throws<TufException>(() => repository.Builder.Accept(TufRoles.Root, first)).Fault);
        byte[] merged = TufSigning.Merge(repository.Dialect, first, third);
        TufRoot root = new(TufEnvelope.Parse(merged, repository.Dialect));
        Assert.Equal([true, false, true], root.KeysOf(TufRoles.Root).KeyIds.Select(id => TufSigning.Status(merged, repository.Dialect, root.KeysOf(TufRoles.Root), root.Keys)[id]));
        repository.Builder.Accept(TufRoles.Root, merged);
        repository.Publish();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        Assert.Equal(2, store.VersionOf(TufRoles.Root));
    }

    [Fact]
    public void Signatures_over_other_metadata_do_not_merge()
    {
        TestRepository repository = new();
        byte[] one = TufSigning.Add(TufSigning.Unsigned(new JsonObject { ["a"] = 1 }), repository.Dialect, [EcdsaSigner.Generate()]);
        byte[] two = TufSigning.Add(TufSigning.Unsigned(new JsonObject { ["a"] = 2 }), repository.Dialect, [EcdsaSigner.Generate()]);
        Assert.Equal(TufFault.Mismatch, Assert.Throws<TufException>(() => TufSigning.Merge(repository.Dialect, one, two)).Fault);
    }

    [Fact]
    public void Who_signs_again_replaces_the_signature_before()
    {
        TestRepository repository = new();
        EcdsaSigner signer = EcdsaSigner.Generate();
        byte[] file = TufSigning.Add(TufSigning.Add(TufSigning.Unsigned([]), repository.Dialect, [signer]), repository.Dialect, [signer]);
        Assert.Single(TufEnvelope.Parse(file, repository.Dialect).Signatures);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task Hash_bins_split_all_paths(int bitLength)
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        TestRepository repository = new(null, r =>
        {
            IReadOnlyList<string> bins = r.Builder.DelegateToBins("targets", "bin", bitLength, 1, r.KeysOf(signer));
            Assert.Equal(1 << bitLength, bins.Count);
            foreach (string bin in bins) r.SetDelegatedSigner(bin, signer);
            TufDelegations delegations = Delegations(r);
            for (int i = 0; i < 50; i++) r.AddTarget($"file{i}", "content", Assert.Single(delegations.RolesFor($"file{i}", r.Dialect)).Name);
        });
        (TufClient client, _) = await repository.NewClientAsync();
        for (int i = 0; i < 50; i++) Assert.NotNull(await client.FindTargetAsync($"file{i}"));
        Assert.Null(await client.FindTargetAsync("file50"));
    }

    [Theory]
    [InlineData(1, "boo", "bin-0")]
    [InlineData(1, "too", "bin-1")]
    [InlineData(2, "foo", "bin-0")]
    [InlineData(2, "doo", "bin-1")]
    [InlineData(2, "too", "bin-2")]
    [InlineData(2, "bar", "bin-3")]
    [InlineData(8, "bar", "bin-fc")]
    [Spec("TUF 1.0.34", "4.5")]
    public async Task Succinct_roles_ask_one_bin_alone(int bitLength, string path, string bin)
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        TestRepository repository = new(null, r =>
        {
            TufSuccinctRoles roles = r.Builder.DelegateSuccinctly("targets", "bin", bitLength, 1, r.KeysOf(signer));
            for (long i = 0; i < roles.Count; i++) r.SetDelegatedSigner(roles.NameOf(i), signer);
        });
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.Null(await client.FindTargetAsync(path));
        Assert.Equal([$"1.{bin}.json"], repository.Requests.Skip(4));
        repository.AddTarget(path, "content", bin);
        repository.Publish();
        await client.RefreshAsync();
        Assert.NotNull(await client.FindTargetAsync(path));
    }

    [Theory]
    [InlineData("bin-g")]
    [InlineData("bin-4")]
    [InlineData("bin-00")]
    [InlineData("bin--1")]
    [InlineData("bin")]
    [InlineData("other-0")]
    public void A_name_that_is_no_bin_is_none(string name) => Assert.Null(new TufSuccinctRoles(new([], 1), 2, "bin").Find(name));

    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task A_repository_is_opened_again_and_goes_on(string dialect)
    {
        EcdsaSigner signer = EcdsaSigner.Generate();
        string role = dialect == "notary" ? "targets/releases" : "releases";
        TestRepository repository = new(TestRepository.DialectOf(dialect), r => r.Delegate("targets", role, [dialect == "notary" ? "" : "*"], signer: signer));
        TufRepositoryBuilder again = TufRepositoryBuilder.Open(repository.Dialect, repository.Builder.Current, repository.Clock);
        Assert.Empty(again.Changed);
        again.AddTarget("v1", 7, TufHashes.Of("content"u8), role);
        Assert.Equal([role, TufRoles.Snapshot, TufRoles.Timestamp], again.Publish(repository.SignersOf));
        foreach ((string name, ReadOnlyMemory<byte> file) in again.Files) repository.Overrides[name] = file.ToArray();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        Assert.NotNull(await client.FindTargetAsync("v1"));
        Assert.Equal((2, 1), (store.VersionOf(role), store.VersionOf(TufRoles.Targets)));
    }

    [Fact]
    public async Task A_revoked_notary_delegation_leaves_the_snapshot_and_clients_follow()
    {
        TestRepository repository = new(new NotaryDialect(), r => r.Delegate("targets", "targets/releases", [""]));
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.NotNull(await client.GetRoleAsync("targets/releases"));
        Assert.True(repository.Builder.Revoke("targets", "targets/releases"));
        repository.Publish();
        await client.RefreshAsync();
        Assert.Null(await client.GetRoleAsync("targets/releases"));
        Assert.DoesNotContain("targets/releases", repository.TextOf(TufRoles.Snapshot), StringComparison.Ordinal);
        Assert.DoesNotContain("keyid", repository.TextOf(TufRoles.Targets).Split("\"signatures\"")[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_delegation_is_not_followed()
    {
        TestRepository repository = new(null, r =>
        {
            r.Delegate("targets", "A", ["*"]);
            r.AddTarget("file", "content", "A");
        });
        (TufClient client, _) = await repository.NewClientAsync();
        Assert.NotNull(await client.FindTargetAsync("file"));
        Assert.True(repository.Builder.Revoke("targets", "A"));
        Assert.False(repository.Builder.Revoke("targets", "A"));
        repository.Publish();
        await client.RefreshAsync();
        Assert.Null(await client.FindTargetAsync("file"));
    }

    [Fact]
    public async Task What_is_written_to_a_directory_serves_a_client()
    {
        TestRepository repository = new(null, r => r.AddTarget("file", "content"));
        string directory = TestDirectory.Make("repository");
        await repository.Builder.WriteAsync(directory);
        Assert.Equal(["1.root.json", "1.snapshot.json", "1.targets.json", "timestamp.json"], Directory.GetFiles(directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_target_that_is_removed_is_gone()
    {
        TestRepository repository = new(null, r => r.AddTarget("file", "content"));
        Assert.True(repository.Builder.RemoveTarget("file"));
        Assert.False(repository.Builder.RemoveTarget("file"));
        Assert.Equal([TufRoles.Targets, TufRoles.Snapshot, TufRoles.Timestamp], repository.Publish());
    }

    private static TufDelegations Delegations(TestRepository repository)
    {
        TufDelegations? found = null;
        repository.Builder.Edit(TufRoles.Targets, tree =>
            found = TufDelegations.Read(TufJson.Parse(System.Text.Encoding.UTF8.GetBytes(tree["delegations"]!.ToJsonString())), repository.Dialect));
        return found!;
    }
}
