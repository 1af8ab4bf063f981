namespace Keelson.Trust.Tests;

/// <summary>Our client alone against Debian's server.</summary>
public sealed class CollectionTests : IClassFixture<DebianNotary>
{
    private static readonly TufHashes Hello = TufHashes.Of("hello"u8);
    private readonly DebianNotary notary;

    public CollectionTests(DebianNotary notary)
    {
        Programs.Need("notary-server", "notary-signer");
        this.notary = notary;
    }

    [Fact]
    public async Task A_release_is_found_before_a_target()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/releases");
        TrustKey alice = person.Keys.Generate("alice");
        collection.AddDelegation(TrustCollection.Releases, [alice.Public], ["v"]);
        collection.AddTarget("v1", 3, TufHashes.Of("new"u8), [TrustCollection.Releases]);
        await collection.PublishAsync();
        SignedTarget found = (await collection.FindAsync("v1"))!;
        Assert.Equal((TrustCollection.Releases, 3), (found.Role, found.Target.LengthBytes));
        await collection.VerifyAsync("v1", new MemoryStream("new"u8.ToArray()));
        await Assert.ThrowsAsync<KeelsonException>(() => collection.VerifyAsync("v1", new MemoryStream("hello"u8.ToArray())));
        Assert.Null(await collection.FindAsync("w1"));
    }

    [Fact]
    public async Task A_target_beyond_the_paths_of_its_delegation_is_refused_and_stays_staged()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/paths");
        collection.AddDelegation("targets/a", [person.Keys.Generate("alice").Public], ["v"]);
        await collection.PublishAsync();
        collection.AddTarget("w1", 5, Hello, ["targets/a"]);
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => collection.PublishAsync())).Kind);
        Assert.Single(collection.Changes.List());
    }

    [Fact]
    public async Task Somebody_with_the_delegations_key_alone_publishes_to_it()
    {
        using Person owner = new(notary), alice = new(notary);
        TrustKey key = alice.Keys.Generate("alice");
        TrustCollection owned = await owner.BeginAsync("example.com/alone");
        owned.AddDelegation("targets/alice", [key.Public], [""]);
        await owned.PublishAsync();
        TrustCollection hers = alice.Open("example.com/alone");
        hers.AddTarget("v2", 5, Hello, ["targets/alice"]);
        Assert.Equal(["targets/alice"], await hers.PublishAsync());
        Assert.Contains((await owned.ListAsync()), target => target is { Role: "targets/alice", Target.Path: "v2" });
        hers.AddTarget("v3", 5, Hello);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => hers.PublishAsync())).Kind);
    }

    [Theory]
    [InlineData("root", false)]
    [InlineData("targets", false)]
    [InlineData("snapshot", false)]
    [InlineData("snapshot", true)]
    [InlineData("timestamp", true)]
    public async Task Keys_are_rotated_and_an_old_reader_follows(string role, bool isManaged)
    {
        using Person person = new(notary), reader = new(notary);
        TrustCollection collection = await person.BeginAsync($"example.com/rotate-{role}-{(isManaged ? "server" : "local")}");
        TrustCollection read = reader.Open(collection.Gun);
        Assert.Single(await read.ListAsync());
        IReadOnlyList<TufKey> next = await collection.RotateKeyAsync(role, isManaged);
        collection.AddTarget("v2", 5, Hello);
        await collection.PublishAsync();
        Assert.Equal(2, (await read.ListAsync()).Count);
        Assert.Equal(next.Select(TrustPublicKeys.CanonicalId), (await read.ListTopRolesAsync()).Single(top => top.Role == role).KeyIds);
    }

    [Fact]
    public async Task A_reader_follows_every_root_that_it_missed()
    {
        using Person person = new(notary), reader = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/many-roots");
        TrustCollection read = reader.Open(collection.Gun);
        Assert.Single(await read.ListAsync());
        for (int i = 0; i < 3; i++) await collection.RotateKeyAsync("root");
        Assert.Single(await read.ListAsync());
        Assert.Contains("\"version\":4", await File.ReadAllTextAsync($"{reader.Trust}/tuf/{collection.Gun}/metadata/root.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegation_whose_key_was_taken_is_not_trusted_until_it_is_witnessed()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/witness");
        TrustKey alice = person.Keys.Generate("alice"), bob = person.Keys.Generate("bob");
        collection.AddDelegation("targets/a", [alice.Public], [""]);
        collection.AddTarget("v2", 5, Hello, ["targets/a"]);
        await collection.PublishAsync();
        collection.AddDelegation("targets/a", [bob.Public], []);
        collection.RemoveDelegation("targets/a", [alice.Id]);
        await collection.PublishAsync();
        Assert.Equal(["v1"], (await collection.ListAsync()).Select(target => target.Target.Path));
        Assert.Contains("targets/a", Assert.Single(collection.Warnings), StringComparison.Ordinal);
        collection.Witness("targets/a");
        await collection.PublishAsync();
        Assert.Equal(["v1", "v2"], (await collection.ListAsync()).Select(target => target.Target.Path));
    }

    [Fact]
    public async Task Purged_keys_leave_every_delegation()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/purge");
        TrustKey alice = person.Keys.Generate("alice"), bob = person.Keys.Generate("bob");
        collection.AddDelegation("targets/a", [alice.Public, bob.Public], [""]);
        collection.AddDelegation("targets/b", [alice.Public, bob.Public], [""]);
        await collection.PublishAsync();
        collection.PurgeKeys([alice.Id]);
        await collection.PublishAsync();
        Assert.All(await collection.ListDelegationsAsync(), role => Assert.Equal([bob.Id], role.KeyIds));
        collection.RemoveDelegation("targets/b", isWhole: true);
        await collection.PublishAsync();
        Assert.Equal("targets/a", Assert.Single(await collection.ListDelegationsAsync()).Role);
    }

    [Fact]
    public async Task Two_of_three_people_sign_a_file_that_they_pass_around()
    {
        using Person owner = new(notary), alice = new(notary), bob = new(notary);
        TrustCollection owned = await owner.BeginAsync("example.com/many");
        TrustKey[] people = [owner.Keys.Generate("owner"), alice.Keys.Generate("alice"), bob.Keys.Generate("bob")];
        owned.AddDelegation(TrustCollection.Releases, [.. people.Select(key => key.Public)], [""], threshold: 2);
        await owned.PublishAsync();
        TrustCollection hers = alice.Open(owned.Gun), his = bob.Open(owned.Gun);
        hers.AddTarget("v2", 5, Hello, [TrustCollection.Releases]);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => hers.PublishAsync())).Kind);
        SigningFile staged = SigningFile.Read((await hers.StageAsync()).Write());
        SigningStatus status = Assert.Single(await his.ExamineAsync(staged));
        Assert.Equal((1, 2, false), (status.Signed, status.Threshold, status.IsComplete));
        Assert.StartsWith("add v2 ", Assert.Single(status.Changes), StringComparison.Ordinal);
        await Assert.ThrowsAsync<KeelsonException>(() => hers.PublishAsync(staged));
        SigningFile merged = SigningFile.Merge(staged, await his.SignAsync(staged));
        Assert.Equal([TrustCollection.Releases], await his.PublishAsync(merged));
        Assert.Equal(TrustCollection.Releases, (await owned.FindAsync("v2"))!.Role);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => his.PublishAsync(merged))).Kind);
    }

    [Fact]
    public async Task Targets_may_need_two_keys()
    {
        using Person owner = new(notary), alice = new(notary);
        TrustCollection owned = await owner.BeginAsync("example.com/two");
        TrustKey first = owner.Keys.Generate("targets", owned.Gun), second = alice.Keys.Generate("targets", owned.Gun);
        owned.SetKeys("targets", [first.Public, second.Public], 2);
        SigningFile staged = await owned.StageAsync();
        TrustCollection hers = alice.Open(owned.Gun);
        SigningFile signed = await hers.SignAsync(staged);
        Assert.Equal(["root", "targets"], await owned.PublishAsync(signed));
        Assert.Equal(2, (await hers.ListTopRolesAsync()).Single(role => role.Role == "targets").Threshold);
        Assert.Single(await hers.ListAsync());
    }

    [Fact]
    public async Task Expired_targets_are_refused_and_repaired()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/expired", isSnapshotManaged: false);
        TestTime later = new(TimeSpan.FromDays(3 * 365 + 10));
        TrustCollection then = person.Open(collection.Gun, time: later);
        // The timestamp of a server whose clock stands still has expired too; it is the server's to renew.
        Assert.Equal(TufFault.Expired, (await Assert.ThrowsAsync<TufException>(() => then.ListAsync())).Fault);
        Assert.Equal(["targets", "snapshot"], await then.RepairAsync());
        Assert.Empty(await then.RepairAsync());
        Assert.Single(await collection.ListAsync());
    }

    [Fact]
    public async Task What_expires_soon_is_warned_of_and_renewed()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/soon", isSnapshotManaged: false);
        Assert.NotEmpty(await collection.ListAsync());
        Assert.Empty(collection.Warnings);
        Assert.Equal(["targets", "snapshot"], await collection.RepairAsync(TimeSpan.FromDays(4 * 365)));
        Assert.Equal(["root", "targets", "snapshot"], await collection.RepairAsync(TimeSpan.FromDays(11 * 365)));
        Assert.Single(await collection.ListAsync());
    }

    [Fact]
    public async Task A_publication_that_is_repeated_changes_nothing_more()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/repeated");
        collection.AddDelegation("targets/a", [person.Keys.Generate("alice").Public], [""]);
        await collection.PublishAsync();
        for (int i = 0; i < 2; i++)
        {
            collection.RemoveTarget("v1");
            collection.RemoveDelegation("targets/a", isWhole: true);
            await collection.PublishAsync();
        }
        Assert.Empty(await collection.ListAsync());
        Assert.Empty(await collection.ListDelegationsAsync());
    }

    [Fact]
    public async Task A_rotation_does_not_lower_the_threshold()
    {
        using Person person = new(notary);
        TrustKey first = person.Keys.Generate("root"), second = person.Keys.Generate("root");
        TrustCollection collection = person.Open("example.com/two-roots");
        await collection.InitializeAsync([first.Id, second.Id], rootThreshold: 2);
        await collection.PublishAsync();
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => collection.RotateKeyAsync("root"))).Kind);
        TrustKey third = person.Keys.Generate("root");
        await collection.RotateKeyAsync("root", newKeyIds: [first.Id, third.Id]);
        Assert.Equal((2, 2), ((await collection.ListTopRolesAsync())[0].Threshold, (await collection.ListTopRolesAsync())[0].KeyIds.Count));
    }

    [Fact]
    public async Task Every_key_is_explained()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/explained");
        person.Keys.Generate("alice");
        IReadOnlyList<KeyExplanation> keys = KeyExplanation.Explain(person.Trust, person.Keys);
        KeyExplanation root = keys.Single(key => key.Key.Role == "root");
        Assert.Equal(new KeyUse(collection.Gun, "root", 1, 1), Assert.Single(root.Uses));
        Assert.Contains("losing it", root.Text, StringComparison.Ordinal);
        Assert.Empty(keys.Single(key => key.Key.Role == "alice").Uses);
    }

    [Fact]
    public async Task A_deleted_collection_can_be_begun_again()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/deleted");
        await Assert.ThrowsAsync<KeelsonException>(() => collection.InitializeAsync());
        await collection.DeleteAsync();
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => collection.ListAsync())).Kind);
        Assert.Single(await (await person.BeginAsync(collection.Gun)).ListAsync());
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a//b")]
    [InlineData("a/_trust/b")]
    [InlineData("a b")]
    public void A_name_that_leads_elsewhere_is_no_collection(string gun)
    {
        using Person person = new(notary);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => person.Open(gun)).Kind);
    }

    [Fact]
    public async Task Two_publishers_race_and_both_changes_are_there()
    {
        using Person one = new(notary);
        TrustCollection collection = await one.BeginAsync("example.com/race");
        using Person two = new(notary);
        string text = one.Keys.Export();
        two.Keys.Import(text);
        using ChildProcess first = Publisher(one, collection.Gun, "a", 6), second = Publisher(two, collection.Gun, "b", 6);
        first.WaitForEnd().Succeeds();
        second.WaitForEnd().Succeeds();
        Assert.Equal(13, (await collection.ListAsync()).Count);
    }

    [Fact]
    public async Task A_publisher_that_is_killed_leaves_a_change_or_a_publication()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/killed");
        for (int round = 0; round < 4; round++)
        {
            string prefix = $"r{round}-";
            using (ChildProcess child = Publisher(person, collection.Gun, prefix, 1000))
            {
                Condition.Await("a publication", () => child.Stdout.Length > 0 || child.HasEnded);
                child.Signal(9);
                int told = child.WaitForEnd().Lines.Length;
                await collection.PublishAsync();
                int there = (await collection.ListAsync()).Count(target => target.Target.Path.StartsWith(prefix, StringComparison.Ordinal));
                Assert.InRange(there, told, told + 1);
                Assert.Empty(collection.Changes.List());
            }
        }
    }

    [Fact]
    public async Task Without_the_right_passphrase_nothing_is_published()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/passphrase");
        using TrustKeyStore wrong = new(person.Trust, new FixedPassphrases("wrong"));
        TrustCollection other = new(collection.Gun, person.Remote, wrong, new() { Directory = person.Trust });
        other.AddTarget("v2", 5, Hello);
        Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<KeelsonException>(() => other.PublishAsync())).Kind);
        Assert.Single(await collection.ListAsync());
        Assert.Single(collection.Changes.List());
    }

    [Fact]
    public async Task Only_what_is_pinned_is_trusted()
    {
        using Person person = new(notary), reader = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/pinned");
        string id = new TufRoot(TufEnvelope.Parse(await File.ReadAllBytesAsync($"{person.Trust}/tuf/{collection.Gun}/metadata/root.json"), new NotaryDialect())).KeysOf("root").KeyIds[0];
        TrustPinning right = new() { Certificates = new Dictionary<string, IReadOnlyList<string>> { ["example.com/*"] = [id] } };
        TrustPinning wrong = new() { Certificates = new Dictionary<string, IReadOnlyList<string>> { [collection.Gun] = [new('0', 64)] } };
        TrustPinning none = new() { DisableFirstUse = true };
        await Assert.ThrowsAsync<TufException>(() => reader.Open(collection.Gun, wrong).ListAsync());
        await Assert.ThrowsAsync<TufException>(() => reader.Open(collection.Gun, none).ListAsync());
        Assert.False(Directory.Exists(reader.Trust + "/tuf"));
        Assert.Single(await reader.Open(collection.Gun, right).ListAsync());
        Assert.Single(await reader.Open(collection.Gun, none).ListAsync());
        await Assert.ThrowsAsync<TufException>(() => reader.Open(collection.Gun, wrong).ListAsync());
    }

    [Fact]
    public async Task An_authority_that_is_pinned_vouches_for_its_certificates_alone()
    {
        using Person person = new(notary), reader = new(notary);
        TestAuthority authority = new(Path.GetDirectoryName(person.Trust)!, "pinned authority"), other = new(TestDirectory.Make("authority"), "another authority");
        using (authority)
        using (other)
        {
            (string certificate, string key) = authority.Issue("leaf", "CN=example.com/authority", isClient: true);
            TrustKeyInfo root = Assert.Single(person.Keys.Import(await File.ReadAllTextAsync(key), "root"));
            TrustCollection collection = person.Open("example.com/authority");
            await collection.InitializeAsync([root.Id], rootCertificates: [await File.ReadAllTextAsync(certificate) + "\n"]);
            await collection.PublishAsync();
            await Assert.ThrowsAsync<TufException>(() => reader.Open(collection.Gun, Pin(other)).ListAsync());
            Assert.Empty(await reader.Open(collection.Gun, Pin(authority)).ListAsync());
        }

        static TrustPinning Pin(TestAuthority authority) => new() { Authorities = new Dictionary<string, string> { ["example.com/"] = authority.CertificateFile } };
    }

    [Theory]
    [InlineData("example.com/other", false)]
    [InlineData("example.com/wrong", true)]
    public async Task A_root_whose_certificate_is_not_for_the_collection_or_is_an_authority_is_refused(string name, bool isAuthority)
    {
        using Person person = new(notary);
        TrustKey root = person.Keys.Generate("root");
        string certificate = isAuthority ? Authority(root, "example.com/wrong") : root.SelfSigned(name, TimeProvider.System.GetUtcNow());
        await Assert.ThrowsAsync<TufException>(() => person.Open("example.com/wrong").InitializeAsync([root.Id], rootCertificates: [certificate]));
        Assert.False(Directory.Exists(person.Trust + "/tuf/example.com/wrong/metadata"));

        static string Authority(TrustKey key, string name)
        {
            using System.Security.Cryptography.ECDsa ecdsa = System.Security.Cryptography.ECDsa.Create();
            ecdsa.ImportFromPem(key.ToPem("", "", ""));
            System.Security.Cryptography.X509Certificates.CertificateRequest request = new("CN=" + name, ecdsa, System.Security.Cryptography.HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension(true, false, 0, true));
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            using System.Security.Cryptography.X509Certificates.X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
            return made.ExportCertificatePem() + "\n";
        }
    }

    private ChildProcess Publisher(Person person, string gun, string prefix, int count) => ChildProcess.Start(
        [Environment.ProcessPath!, "publish", notary.Address.AbsoluteUri, notary.AuthorityFile, person.Trust, gun, prefix, count.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
}
