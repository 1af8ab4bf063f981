using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Keelson.Notary.Tests.Support;
using Keelson.Tuf;

namespace Keelson.Notary.Tests.Server;

/// <summary>Uploads that must not be taken. facts/trust.md, group 11: the collection is afterwards what it was before.</summary>
public sealed class PublishAttackTests
{
    private const string Gun = "example.org/team/app";

    [Fact]
    public async Task Of_two_publishers_who_race_exactly_one_wins()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        for (int round = 0; round < 20; round++)
        {
            Dictionary<string, byte[]>[] uploads = [.. Enumerable.Range(0, 4).Select(i =>
            {
                collection.Builder.AddTarget($"r{round}-{i}", 1, TufHashes.Of("1"u8));
                return new Dictionary<string, byte[]> { [TufRoles.Targets] = collection.Resign(TufRoles.Targets) };
            })];
            (int Status, string Body)[] answers = await Task.WhenAll(uploads.Select(collection.PostAsync));
            Assert.Equal(1, answers.Count(answer => answer.Status == 200));
            Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Contains("\"VERSION\"", answer.Body, StringComparison.Ordinal));
            TufTrustedSet read = await collection.ReadAsync();
            Assert.Equal(uploads[Array.FindIndex(answers, answer => answer.Status == 200)][TufRoles.Targets], read.Targets!.Envelope.Bytes.ToArray());
            collection.Builder.Accept(TufRoles.Targets, read.Targets.Envelope.Bytes);
        }
    }

    [Fact]
    public async Task A_truncated_upload_is_refused_whole_at_any_length()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        collection.Builder.AddTarget("v1", 1, TufHashes.Of("1"u8));
        using MultipartFormDataContent whole = [];
        ByteArrayContent part = new(collection.Sign(TufRoles.Targets)[TufRoles.Targets]);
        part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "files", FileName = "targets" };
        whole.Add(part);
        byte[] bytes = await whole.ReadAsByteArrayAsync();
        for (int length = 0; length < bytes.Length - 2; length += length < 200 || length > bytes.Length - 80 ? 1 : 37)
        {
            using ByteArrayContent cut = new(bytes, 0, length);
            cut.Headers.ContentType = whole.Headers.ContentType;
            (int status, string body) = await collection.SendAsync(HttpMethod.Post, $"/v2/{Gun}/_trust/tuf/", cut);
            // What lacks its last line feed is whole.
            Assert.True(status == 400, $"{length} of {bytes.Length}: {status} {body}");
        }
        Assert.Equal(1, (await collection.ReadAsync()).Targets!.Version);
    }

    [Fact]
    public async Task Uploads_that_make_no_collection_are_refused_with_the_reason()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun), other = await TestCollection.MakeAsync(host, "example.org/other");
        Dictionary<string, byte[]> first = collection.Sign(TufRoles.Root, TufRoles.Targets);
        await RefusedAsync(collection, new() { [TufRoles.Targets] = first[TufRoles.Targets] }, "ErrValidation", "no pre-existing root");
        await RefusedAsync(collection, new() { [TufRoles.Root] = first[TufRoles.Root] }, "ErrBadHierarchy", "no targets");
        await RefusedAsync(collection, new(first) { [TufRoles.Timestamp] = first[TufRoles.Targets] }, "", "INVALID_ROLE");
        await RefusedAsync(collection, new(first) { [TufRoles.Snapshot] = first[TufRoles.Targets] }, "ErrBadSnapshot", "Targets");
        await RefusedAsync(collection, new(first) { ["targets/a"] = first[TufRoles.Targets] }, "ErrBadTargets", "nobody delegates");
        await RefusedAsync(collection, new(first) { [TufRoles.Targets] = other.Sign(TufRoles.Root, TufRoles.Targets)[TufRoles.Targets] }, "ErrBadTargets", "signed by 0");
        foreach (string role in (string[])["../root", "targets/../root", "targets/", "targets//a", "Root", "a", "targets/a b", "targets/%2e%2e"]) await RefusedAsync(collection, new() { [role] = first[TufRoles.Root] }, "", "INVALID_ROLE");
        foreach (string json in (string[])["", "{", "[]", "null", "{}", """{"signed":{"version":"1"},"signatures":[]}""", """{"signed":{"version":1,"version":2},"signatures":[]}""", """{"signed":{"version":1},"signatures":[]} x""", """{"signed":{"version":0},"signatures":[]}""", """{"signed":{"version":1e0},"signatures":[]}"""])
            await RefusedAsync(collection, new(first) { [TufRoles.Root] = Encoding.UTF8.GetBytes(json) }, "", "MALFORMED_JSON");
        Assert.Equal(404, (await collection.GetAsync("root.json")).Status);
        Assert.Equal(200, (await collection.PostAsync(first)).Status);
    }

    [Fact]
    public async Task A_root_of_another_name_another_key_or_an_old_version_is_refused()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun), thief = await TestCollection.MakeAsync(host, Gun), named = await TestCollection.MakeAsync(host, Gun);
        named.SetRoot("example.org/team/other");
        await RefusedAsync(named, named.Sign(TufRoles.Root, TufRoles.Targets), "ErrBadRoot", "is for example.org/team/other");
        Dictionary<string, byte[]> first = collection.Sign(TufRoles.Root, TufRoles.Targets);
        Assert.Equal(200, (await collection.PostAsync(first)).Status);
        // Replayed: of the same version, and signed by its own keys alone.
        Assert.Contains("VERSION", (await collection.PostAsync(first)).Body, StringComparison.Ordinal);
        await RefusedAsync(thief, thief.Sign(TufRoles.Root, TufRoles.Targets), "ErrBadRoot", "keys before");
        collection.Builder.Edit(TufRoles.Root, _ => { });
        Dictionary<string, byte[]> second = collection.Sign(TufRoles.Root);
        collection.Builder.Edit(TufRoles.Root, _ => { });
        await RefusedAsync(collection, collection.Sign(TufRoles.Root), "ErrBadRoot", "does not follow");
        Assert.Equal(200, (await collection.PostAsync(second)).Status);
        await RefusedAsync(collection, first, "ErrBadRoot", "does not follow");
        Assert.Equal(2, (await collection.ReadAsync()).Root.Version);
    }

    [Fact]
    public async Task A_root_that_leaves_targets_and_snapshots_without_a_right_signature_is_refused()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        collection.SetKey(TufRoles.Targets, EcdsaSigner.Generate());
        Dictionary<string, byte[]> root = collection.Sign(TufRoles.Root);
        await RefusedAsync(collection, root, "ErrBadTargets", "not signed by the keys of the root");
        collection.Builder.Edit(TufRoles.Targets, _ => { });
        Assert.Equal(200, (await collection.PostAsync(new Dictionary<string, byte[]>(root) { [TufRoles.Targets] = collection.Sign(TufRoles.Targets)[TufRoles.Targets] })).Status);
        await collection.ReadAsync();
        // Keys that the server has not: who takes them signs.
        collection.SetKey(TufRoles.Snapshot, EcdsaSigner.Generate());
        root = collection.Sign(TufRoles.Root);
        await RefusedAsync(collection, root, "ErrBadHierarchy", "does not hold");
        Assert.Equal(200, (await collection.PostAsync(new Dictionary<string, byte[]>(root) { [TufRoles.Snapshot] = collection.SnapshotAfter(2) })).Status);
        await collection.ReadAsync();
        collection.SetKey(TufRoles.Timestamp, EcdsaSigner.Generate());
        await RefusedAsync(collection, new(collection.Sign(TufRoles.Root)) { [TufRoles.Snapshot] = collection.SnapshotAfter(3) }, "ErrBadRoot", "no timestamp keys");
    }

    [Theory]
    [InlineData("a*b")]
    [InlineData("a%0Ab")]
    [InlineData("a%20b")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/%2E%2E/b")]
    public async Task A_name_of_a_collection_that_could_mean_another_is_refused(string gun)
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        using MultipartFormDataContent content = [];
        content.Add(new ByteArrayContent(collection.Sign(TufRoles.Root)[TufRoles.Root]), "files", "root");
        (int status, string body) = await collection.SendAsync(HttpMethod.Post, $"/v2/{gun}/_trust/tuf/", content);
        // The path is what it is without dots before anybody looks at it.
        Assert.True(status is 400 or 404 && !body.Contains("UNKNOWN", StringComparison.Ordinal), $"{status} {body}");
        Assert.Empty(await host.Store.ListAsync("", 10));
    }

    [Fact]
    public async Task Only_collections_with_the_prefixes_of_the_configuration_are_taken()
    {
        await using NotaryHost host = await NotaryHost.StartAsync(new() { GunPrefixes = ["example.org/"] });
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        Assert.Equal(404, (await collection.SendAsync(HttpMethod.Get, "/v2/elsewhere/a/_trust/tuf/timestamp.key")).Status);
        using MultipartFormDataContent content = [];
        content.Add(new ByteArrayContent(collection.Builder.Current[TufRoles.Root].ToArray()), "files", "root");
        Assert.Contains("INVALID_GUN", (await collection.SendAsync(HttpMethod.Post, "/v2/elsewhere/a/_trust/tuf/", content)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_that_is_too_large_is_refused_before_it_is_read()
    {
        await using NotaryHost host = await NotaryHost.StartAsync(new() { UploadLimitBytes = 10_000, UploadLimitFiles = 2 });
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        Assert.Equal(413, (await collection.PostAsync(new Dictionary<string, byte[]> { [TufRoles.Root] = new byte[20_000] })).Status);
        byte[] file = Encoding.UTF8.GetBytes("""{"signed":{"version":1},"signatures":[]}""");
        Assert.Equal(413, (await collection.PostAsync(new Dictionary<string, byte[]> { ["root"] = file, ["targets"] = file, ["targets/a"] = file })).Status);
    }

    [Fact]
    public async Task A_delegation_that_is_taken_back_leaves_the_snapshot_of_the_server()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        EcdsaSigner alice = EcdsaSigner.Generate();
        collection.Builder.Delegate(TufRoles.Targets, "targets/alice", 1, [collection.Dialect.KeyOf(alice)], [""]);
        collection.SetSigner("targets/alice", alice);
        Assert.Equal(200, (await collection.PostAsync(collection.Sign(TufRoles.Targets, "targets/alice"))).Status);
        Assert.Contains("targets/alice", (await collection.ReadAsync()).Snapshot!.Meta.Keys);
        collection.Builder.Revoke(TufRoles.Targets, "targets/alice");
        Assert.Equal(200, (await collection.PostAsync(collection.Sign(TufRoles.Targets))).Status);
        Assert.DoesNotContain("targets/alice", (await collection.ReadAsync()).Snapshot!.Meta.Keys);
    }

    private static async Task RefusedAsync(TestCollection collection, Dictionary<string, byte[]> files, string name, string why)
    {
        string before = string.Join('\n', await Task.WhenAll(TufRoles.TopLevel.Select(async role => (await collection.GetAsync(role + ".json")).Body)));
        (int status, string body) = await collection.PostAsync(files);
        Assert.Equal(400, status);
        using JsonDocument error = JsonDocument.Parse(body);
        JsonElement first = error.RootElement.GetProperty("errors")[0];
        if (name.Length > 0) Assert.Equal(("INVALID_UPDATE", name), (first.GetProperty("code").GetString(), first.GetProperty("detail").GetProperty("Name").GetString()));
        Assert.Contains(why, body, StringComparison.Ordinal);
        Assert.Equal(before, string.Join('\n', await Task.WhenAll(TufRoles.TopLevel.Select(async role => (await collection.GetAsync(role + ".json")).Body))));
    }
}
