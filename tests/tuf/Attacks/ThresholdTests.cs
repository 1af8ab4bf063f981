using System.Text.Json.Nodes;

namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 7: fewer people signed than it seems.</summary>
public sealed class ThresholdTests
{
    private static readonly Ed25519Signer[] Keys = [.. Enumerable.Range(0, 10).Select(_ => Ed25519Signer.Generate())];

    /// <summary>Versions of the root: keys / threshold / signatures. The last one is refused when the row says so.</summary>
    public static IEnumerable<TheoryDataRow<string, bool>> RootChains =>
    [
        new("1/1/1 2/1/21 2/1/2", true),
        new("1/1/314 2/1/3214 2/1/324", true),
        new("01234/3/024 01234/3/041 01234/3/013 01234/3/013", true),
        new("01234/3/024 01345/3/041", true),
        new("01234/3/024 01345/3/0245 01345/3/045", true),
        new("01234/3/024 56789/3/024567 56789/3/567", true),
        new("123/1/1 123/2/12", true),
        new("123/2/12 123/1/12 123/1/1", true),
        new("1/1/1 12/2/12", true),
        new("1/1/1 2/1/234", false),
        new("1/1/1 2/1/134", false),
        new("01234/3/024 01345/3/024", false),
        new("01234/3/024 01345/3/045", false),
        new("123/1/1 123/2/2", false),
        new("123/2/12 123/1/1", false),
    ];

    [Theory]
    [MemberData(nameof(RootChains))]
    [Spec("TUF 1.0.34", "5.3.4")]
    public async Task A_root_needs_the_keys_before_and_its_own(string chain, bool isAccepted)
    {
        TestRepository repository = new();
        string[] versions = chain.Split(' ');
        byte[][] roots = [.. versions.Select((version, i) => Root(repository, version, i + 1))];
        repository.FirstRoot = roots[0];
        for (int i = 0; i < roots.Length; i++) repository.Overrides[$"{i + 1}.root.json"] = roots[i];
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        if (isAccepted) await client.RefreshAsync();
        else await client.RefusesAsync(store, TufFault.BadSignature, TufRoles.Root);
        Assert.Equal(isAccepted ? roots[^1] : roots[^2], store[TufRoles.Root]);
    }

    [Theory]
    [InlineData("2/1/2", true)]
    [InlineData("1/1/314", true)]
    [InlineData("2/1/134", false)]
    [InlineData("01345/3/024", false)]
    [InlineData("01345/3/04", false)]
    [InlineData("01234/3/024", true)]
    [InlineData("01234/3/234", true)]
    public async Task The_other_roles_need_the_threshold_of_the_root(string version, bool isAccepted)
    {
        foreach (string role in TufRoles.TopLevel.Skip(1))
        {
            (int[] keys, int threshold, int[] signatures) = Parse(version);
            TestRepository repository = new();
            (TufClient client, RecordingStore store) = await repository.NewClientAsync();
            repository.Builder.SetKeys(role, threshold, repository.KeysOf(keys.Select(i => Keys[i])));
            repository.Builder.Put(TufRoles.Root, TufSigning.Add(repository.Builder.Stage(TufRoles.Root), repository.Dialect, repository.SignersOf(TufRoles.Root)));
            byte[] file = TufSigning.Add(repository.Builder.Stage(role), repository.Dialect, signatures.Select(i => Keys[i]));
            repository.Builder.Put(role, file);
            string[] accepted = [.. TufRoles.TopLevel.TakeWhile(other => other != role)];
            if (role == TufRoles.Targets) Follow(repository, TufRoles.Snapshot);
            if (role != TufRoles.Timestamp) Follow(repository, TufRoles.Timestamp);
            if (!isAccepted)
            {
                await client.RefusesAsync(store, TufFault.BadSignature, accepted);
                continue;
            }
            await client.RefreshAsync();
            Assert.Equal(file, store[role]);
        }

        static void Follow(TestRepository repository, string role) =>
            repository.Builder.Put(role, TufSigning.Add(repository.Builder.Stage(role), repository.Dialect, repository.SignersOf(role)));
    }

    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task Two_signatures_of_one_key_are_refused(string dialect)
    {
        await TamperedTimestampAsync(dialect, TufFault.Malformed, file => file["signatures"]!.AsArray().Add(file["signatures"]![0]!.DeepClone()));
    }

    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task No_signature_and_an_empty_one_are_refused(string dialect)
    {
        await TamperedTimestampAsync(dialect, TufFault.BadSignature, file => file["signatures"]!.AsArray().Clear());
        await TamperedTimestampAsync(dialect, TufFault.BadSignature, file => file["signatures"]![0]!["sig"] = "");
    }

    [Fact]
    public async Task A_root_that_names_a_key_twice_is_refused()
    {
        await HostileRootAsync(TufFault.Malformed, (_, tree) =>
        {
            JsonArray ids = tree["roles"]!["snapshot"]!["keyids"]!.AsArray();
            ids.Add(ids[0]!.DeepClone());
        });
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    public async Task A_threshold_below_one_is_refused(string threshold) =>
        await HostileRootAsync(TufFault.Malformed, (_, tree) => tree["roles"]!["timestamp"]!["threshold"] = JsonNode.Parse(threshold));

    [Fact]
    public async Task A_key_under_an_identifier_that_is_not_its_own_is_refused() => await HostileRootAsync(TufFault.BadKey, (repository, tree) =>
    {
        TufKey key = repository.Dialect.KeyOf(Keys[0]);
        tree["keys"]![new string('0', 64)] = repository.Dialect.WriteKey(key);
    });

    [Fact]
    public async Task One_key_under_two_identifiers_counts_once()
    {
        // A member of the key's own changes the identifier and not the key; both are right.
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        EcdsaSigner signer = EcdsaSigner.Generate();
        TufKey key = repository.Dialect.KeyOf(signer);
        JsonObject twin = repository.Dialect.WriteKey(key);
        twin["x"] = 1;
        string twinId = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(CanonicalJson.Write(TufJson.Parse(System.Text.Encoding.UTF8.GetBytes(twin.ToJsonString())))));
        repository.SetSigners(TufRoles.Timestamp, 1, signer);
        repository.Builder.Edit(TufRoles.Root, tree =>
        {
            tree["keys"]![twinId] = twin;
            tree["roles"]!["timestamp"]!["keyids"]!.AsArray().Add(twinId);
            tree["roles"]!["timestamp"]!["threshold"] = 2;
        });
        repository.Builder.Put(TufRoles.Root, TufSigning.Add(repository.Builder.Stage(TufRoles.Root), repository.Dialect, repository.SignersOf(TufRoles.Root)));
        JsonObject file = JsonNode.Parse(TufSigning.Add(repository.Builder.Stage(TufRoles.Timestamp), repository.Dialect, [signer]))!.AsObject();
        JsonNode second = file["signatures"]![0]!.DeepClone();
        second["keyid"] = twinId;
        file["signatures"]!.AsArray().Add(second);
        repository.Builder.Put(TufRoles.Timestamp, System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()));
        await client.RefusesAsync(store, TufFault.BadSignature, TufRoles.Root, TufRoles.Timestamp, TufRoles.Snapshot);
        Assert.Null(store[TufRoles.Timestamp]);
    }

    [Fact]
    public async Task A_threshold_above_the_number_of_keys_blocks_the_role_until_the_next_root()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        List<ITufSigner> signers = [.. repository.SignersOf(TufRoles.Snapshot)];
        repository.Builder.SetKeys(TufRoles.Snapshot, 3, repository.KeysOf(signers));
        repository.Publish();
        repository.PublishHostile(TufRoles.Snapshot, _ => { }, mayFollow: false);
        repository.PublishHostile(TufRoles.Timestamp, _ => { }, mayFollow: false);
        await client.RefusesAsync(store, TufFault.BadSignature, TufRoles.Root, TufRoles.Timestamp);
        Assert.Equal((2, 1), (store.VersionOf(TufRoles.Root), store.VersionOf(TufRoles.Snapshot)));
        repository.SetSigners(TufRoles.Snapshot, 3, [.. signers, Keys[0], Keys[1]]);
        repository.Bump(TufRoles.Snapshot);
        await client.RefreshAsync();
        Assert.Equal(3, store.VersionOf(TufRoles.Snapshot));
    }

    [Fact]
    public async Task A_first_root_that_did_not_sign_itself_is_not_kept()
    {
        TestRepository repository = new();
        RecordingStore store = new();
        byte[] unsigned = TufSigning.Add(repository.Builder.Stage(TufRoles.Root), repository.Dialect, [Keys[0]]);
        Assert.Equal(TufFault.BadSignature, (await Assert.ThrowsAsync<TufException>(() => repository.Client(store).InitializeAsync(unsigned))).Fault);
        Assert.Equal("", store.Content);
        store[TufRoles.Root] = unsigned;
        await repository.Client(store).RefusesAsync(store, TufFault.BadSignature);
        Assert.Empty(repository.Requests);
    }

    private static async Task HostileRootAsync(TufFault fault, Action<TestRepository, JsonObject> edit)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        JsonObject file = JsonNode.Parse(repository.Builder.Stage(TufRoles.Root))!.AsObject();
        edit(repository, file["signed"]!.AsObject());
        repository.Overrides["2.root.json"] = TufSigning.Add(TufSigning.Unsigned(file["signed"]!.AsObject()), repository.Dialect, repository.SignersOf(TufRoles.Root));
        await client.RefusesAsync(store, fault);
    }

    private static async Task TamperedTimestampAsync(string dialect, TufFault fault, Action<JsonObject> edit)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Timestamp);
        JsonObject file = JsonNode.Parse(repository.TextOf(TufRoles.Timestamp))!.AsObject();
        edit(file);
        repository.Overrides["timestamp.json"] = System.Text.Encoding.UTF8.GetBytes(file.ToJsonString());
        await client.RefusesAsync(store, fault);
    }

    private static byte[] Root(TestRepository repository, string text, int version)
    {
        (int[] keys, int threshold, int[] signatures) = Parse(text);
        repository.Builder.SetKeys(TufRoles.Root, threshold, repository.KeysOf(keys.Select(i => Keys[i])));
        JsonObject file = JsonNode.Parse(repository.Builder.Stage(TufRoles.Root))!.AsObject();
        file["signed"]!["version"] = version;
        return TufSigning.Add(TufSigning.Unsigned(file["signed"]!.AsObject()), repository.Dialect, signatures.Select(i => Keys[i]));
    }

    private static (int[] Keys, int Threshold, int[] Signatures) Parse(string text)
    {
        string[] parts = text.Split('/');
        return ([.. parts[0].Select(c => c - '0')], parts[1][0] - '0', [.. parts[2].Select(c => c - '0')]);
    }
}
