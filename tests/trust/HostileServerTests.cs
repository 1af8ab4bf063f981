using Keelson.Distribution;

namespace Keelson.Trust.Tests;

/// <summary>Servers that lie, and servers that want a token.</summary>
public sealed class HostileServerTests : IClassFixture<DebianNotary>, IDisposable
{
    private const string Gun = "example.com/victim";
    private readonly DebianNotary notary;
    private readonly string trust = TestDirectory.Make("trust");

    public HostileServerTests(DebianNotary notary)
    {
        Programs.Need("notary-server", "notary-signer");
        this.notary = notary;
    }

    public void Dispose() => TestDirectory.Remove(trust);

    [Fact]
    public async Task A_collection_under_the_name_of_another_is_refused_and_not_kept()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/genuine");
        await collection.ListAsync();
        await using FakeNotary fake = FakeNotary.Of($"{person.Trust}/tuf/{collection.Gun}/metadata");
        Assert.Equal(TufFault.BadKey, (await Assert.ThrowsAsync<TufException>(() => ListAsync(fake))).Fault);
        Assert.False(Directory.Exists(trust + "/tuf"));
    }

    [Fact]
    public async Task An_older_collection_is_refused_and_the_newer_stays()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync(Gun);
        await collection.ListAsync();
        string metadata = $"{person.Trust}/tuf/{Gun}/metadata", old = person.File("old");
        Directory.CreateDirectory(old);
        foreach (string file in Directory.GetFiles(metadata)) File.Copy(file, $"{old}/{Path.GetFileName(file)}");
        collection.AddTarget("v2", 5, TufHashes.Of("hello"u8));
        await collection.PublishAsync();
        await collection.ListAsync();
        string before = await File.ReadAllTextAsync(metadata + "/timestamp.json");
        await using FakeNotary fake = FakeNotary.Of(old);
        using NotaryRemote remote = new(new() { Server = fake.Address });
        TrustCollection misled = new(Gun, remote, person.Keys, new() { Directory = person.Trust });
        Assert.Equal(TufFault.Rollback, (await Assert.ThrowsAsync<TufException>(() => misled.ListAsync())).Fault);
        Assert.Equal(before, await File.ReadAllTextAsync(metadata + "/timestamp.json"));
    }

    [Fact]
    public async Task A_root_without_end_is_cut_off()
    {
        byte[] block = new byte[1 << 20];
        await using FakeNotary fake = new(async context =>
        {
            for (int i = 0; i < 200; i++) await context.Response.OutputStream.WriteAsync(block);
            context.Response.Close();
        });
        Assert.Equal(TufFault.TooLarge, (await Assert.ThrowsAsync<TufException>(() => ListAsync(fake))).Fault);
    }

    [Theory]
    [InlineData(200, "get root.json of example.com/victim: nothing came for 10 s")]
    [InlineData(400, "get root.json of example.com/victim: status 400")]
    public async Task A_server_that_stops_in_the_midst_of_an_answer_is_left(int status, string message)
    {
        TaskCompletionSource over = new();
        await using FakeNotary fake = new(async context =>
        {
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync("{\"signed\":"u8.ToArray());
            await context.Response.OutputStream.FlushAsync();
            await over.Task;
            context.Response.Abort();
        });
        try
        {
            Assert.Equal(message, (await Assert.ThrowsAnyAsync<KeelsonException>(() => ListAsync(fake, new HurriedTime(100)))).Message);
        }
        finally
        {
            over.SetResult();
        }
    }

    [Fact]
    public async Task An_error_without_end_is_cut_off_and_control_characters_are_not_shown()
    {
        await using FakeNotary endless = new(context => FakeNotary.SayAsync(context, 400, new string('x', 1 << 20)));
        Assert.Equal("get root.json of example.com/victim: status 400", (await Assert.ThrowsAsync<NotaryException>(() => ListAsync(endless))).Message);
        await using FakeNotary coloured = new(context => FakeNotary.SayAsync(context, 400, """{"errors":[{"code":"INVALID_UPDATE","message":"m","detail":{"Name":"ErrBadRoot","Error":{"Msg":"\u001b[31mred"}}}]}"""));
        NotaryException refused = await Assert.ThrowsAsync<NotaryException>(() => ListAsync(coloured));
        Assert.Equal(("get root.json of example.com/victim: INVALID_UPDATE (?[31mred)", "INVALID_UPDATE"), (refused.Message, refused.Code));
    }

    [Fact]
    public async Task A_token_is_got_with_the_scope_of_the_collection()
    {
        FakeNotary? server = null;
        await using FakeNotary fake = server = new(context =>
        {
            if (context.Request.Url!.AbsolutePath == "/token") return FakeNotary.SayAsync(context, 200, """{"token":"t0ken"}""");
            if (context.Request.Headers["Authorization"] == "Bearer t0ken") return FakeNotary.SayAsync(context, 404, """{"errors":[{"code":"METADATA_NOT_FOUND"}]}""");
            context.Response.AddHeader("WWW-Authenticate", $"Bearer realm=\"{server!.Address}token\",service=\"notary\"");
            return FakeNotary.SayAsync(context, 401, "");
        });
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => ListAsync(fake))).Kind);
        Assert.Contains(fake.Requests, request => request.StartsWith("GET /token?service=notary&scope=repository%3Aexample.com%2Fvictim%3Apull", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_replaced_by_what_is_kept_where_that_is_wanted()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/offline");
        await collection.ListAsync();
        await using FakeNotary fake = new(context => FakeNotary.SayAsync(context, 503, ""));
        using NotaryRemote remote = new(new() { Server = fake.Address });
        TrustCollection strict = new(collection.Gun, remote, person.Keys, new() { Directory = person.Trust }), lenient = new(collection.Gun, remote, person.Keys, new() { Directory = person.Trust, MayBeOffline = true });
        Assert.Equal(TufFault.Unavailable, (await Assert.ThrowsAsync<TufException>(() => strict.ListAsync())).Fault);
        Assert.Single(await lenient.ListAsync());
        Assert.NotEmpty(lenient.Warnings);
    }

    private async Task<IReadOnlyList<SignedTarget>> ListAsync(FakeNotary fake, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        using NotaryRemote remote = new(new() { Server = fake.Address, Credentials = FixedCredentials.None, Time = time });
        using TrustKeyStore keys = new(trust, new FixedPassphrases());
        return await new TrustCollection(Gun, remote, keys, new() { Directory = trust, Time = time }).ListAsync();
    }
}
