using System.Collections.Concurrent;
using System.Text;
using Keelson.Notary.Keys;
using Keelson.Notary.Pkcs11;
using Keelson.Notary.Tests.Support;
using Keelson.Pkcs11;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Keys of collections in a token of SoftHSM.</summary>
[Collection(SoftTokenCollection.Name)]
public sealed class TokenKeyServiceTests : IDisposable
{
    private const string Gun = "docker.io/library/some image";
    private static readonly byte[] Content = "what is to be signed"u8.ToArray();

    private readonly SoftToken soft = new SoftToken().Use();

    public void Dispose() => soft.Dispose();

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public async Task A_key_signs_what_its_public_half_verifies_and_the_token_alone_says_what_it_is_for(string algorithm)
    {
        OnlineKey key;
        await using (TokenKeyService service = await OpenAsync())
        {
            key = await service.CreateAsync(algorithm, Gun, "timestamp");
            Assert.Equal((algorithm, Gun, "timestamp"), (key.Algorithm, key.Gun, key.Role));
            Signatures.Verify(key, Content, await service.SignAsync(key.Id, Content));
        }
        await using TokenKeyService again = await OpenAsync();
        OnlineKey found = Assert.IsType<OnlineKey>(await again.FindAsync(key.Id));
        Assert.Equal((key.Id, algorithm, Gun, "timestamp"), (found.Id, found.Algorithm, found.Gun, found.Role));
        Assert.True(found.PublicKey.Span.SequenceEqual(key.PublicKey.Span));
        Signatures.Verify(key, Content, await again.SignAsync(key.Id, Content));
        string list = soft.Tool("--list-objects");
        Assert.Equal(2, list.Split("label:      timestamp " + Gun).Length - 1);
        Assert.Equal(2, list.Split("ID:         " + key.Id).Length - 1);
        Assert.Contains("never extractable", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_has_signed_nothing_is_given_again()
    {
        OnlineKey first, second;
        await using (TokenKeyService service = await OpenAsync())
        {
            first = await service.CreateAsync("ecdsa", Gun, "timestamp");
            Assert.Contains("(unused) timestamp " + Gun, soft.Tool("--list-objects", "--type", "pubkey"), StringComparison.Ordinal);
            Assert.Equal(first.Id, (await service.CreateAsync("ecdsa", Gun, "timestamp")).Id);
            Assert.NotEqual(first.Id, (await service.CreateAsync("ed25519", Gun, "timestamp")).Id);
            Assert.NotEqual(first.Id, (await service.CreateAsync("ecdsa", Gun, "snapshot")).Id);
            Assert.NotEqual(first.Id, (await service.CreateAsync("ecdsa", Gun + "2", "timestamp")).Id);
        }
        await using (TokenKeyService service = await OpenAsync())
        {
            Assert.Equal(first.Id, (await service.CreateAsync("ecdsa", Gun, "timestamp")).Id);
            await service.SignAsync(first.Id, Content);
            second = await service.CreateAsync("ecdsa", Gun, "timestamp");
            Assert.NotEqual(first.Id, second.Id);
        }
        await using TokenKeyService last = await OpenAsync();
        Assert.Equal(second.Id, (await last.CreateAsync("ecdsa", Gun, "timestamp")).Id);
    }

    [Fact]
    public async Task A_removed_key_signs_no_more_and_leaves_no_object()
    {
        await using TokenKeyService service = await OpenAsync(), other = await OpenAsync();
        OnlineKey key = await service.CreateAsync("ecdsa", Gun, "timestamp");
        await service.SignAsync(key.Id, Content);
        await other.SignAsync(key.Id, Content);
        Assert.True(await service.DeleteAsync(key.Id));
        Assert.False(await service.DeleteAsync(key.Id));
        Assert.Null(await service.FindAsync(key.Id));
        foreach (TokenKeyService asked in (TokenKeyService[])[service, other])
            Assert.Equal((ErrorKind.NotFound, $"sign with key {key.Id}: it is not kept here"), await ErrorOf(() => asked.SignAsync(key.Id, Content)));
        Assert.DoesNotContain(Gun, soft.Tool("--list-objects"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_who_ask_at_once_get_one_key_and_sign_with_it_at_once()
    {
        await using TokenKeyService service = await TokenKeyService.OpenAsync(soft.Options with { Token = SoftToken.TokenOptions with { SessionLimit = 3 } });
        ConcurrentBag<string> keys = [];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            OnlineKey key = await service.CreateAsync(i % 2 == 0 ? "ecdsa" : "ed25519", Gun, "timestamp");
            keys.Add(key.Id);
            for (int n = 0; n < 40; n++)
            {
                byte[] content = Encoding.UTF8.GetBytes($"{i} {n}");
                Signatures.Verify(key, content, await service.SignAsync(key.Id, content));
            }
        })));
        // Who came after the first signature got another one.
        Assert.InRange(keys.Distinct().Count(), 2, 16);
        for (int round = 0; round < 5; round++)
        {
            OnlineKey[] same = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => service.CreateAsync("ecdsa", Gun, "snapshot"))));
            string id = Assert.Single(same.Select(key => key.Id).Distinct());
            // All of them would say that it signs now.
            foreach (byte[] signature in await Task.WhenAll(same.Select(key => Task.Run(() => service.SignAsync(id, Content))))) Signatures.Verify(same[0], Content, signature);
        }
    }

    [Fact]
    public async Task What_is_no_key_of_ours_is_not_seen()
    {
        await using TokenKeyService service = await OpenAsync();
        Assert.Equal(ErrorKind.InvalidArgument, (await ErrorOf(() => service.CreateAsync("rsa", Gun, "timestamp"))).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, (await ErrorOf(() => service.CreateAsync("ecdsa", "", "timestamp"))).Kind);
        soft.Tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "(unused) timestamp " + Gun, "--id", "0a0b");
        Assert.NotEqual("", (await service.CreateAsync("ecdsa", Gun, "timestamp")).Id);
        foreach (string name in (string[])["", "0a0b", new('0', 64), new('F', 64), new('g', 64)])
        {
            Assert.Null(await service.FindAsync(name));
            Assert.False(await service.DeleteAsync(name));
        }
    }

    [Fact]
    public async Task Halves_of_a_key_are_none_and_go_when_they_are_old()
    {
        TestClock clock = new();
        TokenKeyOptions options = soft.Options with { Time = clock };
        OnlineKey whole, broken;
        await using (TokenKeyService service = await TokenKeyService.OpenAsync(options))
        {
            whole = await service.CreateAsync("ecdsa", Gun, "timestamp");
            broken = await service.CreateAsync("ecdsa", Gun, "snapshot");
        }
        using (Pkcs11Module module = Pkcs11Module.Load(SoftToken.Module))
        {
            await using Pkcs11Token token = Pkcs11Token.Open(module, options.Token);
            await token.RunAsync(session =>
            {
                // As far as a process comes that is killed while it makes a key, and while it removes one.
                string mark = $"(half-made) {clock.GetUtcNow().ToUnixTimeSeconds()}";
                session.Generate(EcCurve.P256, mark, "keelson half-made"u8.ToArray());
                Pkcs11KeyPair late = session.Generate(EcCurve.Ed25519, mark, "keelson half-made"u8.ToArray());
                string name = KeyName.Of("ed25519", session.ReadPublicKey(late.Public)!.Point.Span);
                session.Write(late.Private, new(AttributeType.CKA_ID, Convert.FromHexString(name)), Pkcs11Attribute.Text(AttributeType.CKA_LABEL, "timestamp late"));
                session.Destroy(Assert.Single(session.Find(Pkcs11Attribute.Class(ObjectClass.CKO_PRIVATE_KEY), new(AttributeType.CKA_ID, Convert.FromHexString(broken.Id)))));
                return true;
            });
        }
        clock.Advance(TimeSpan.FromMinutes(50));
        await using (TokenKeyService service = await TokenKeyService.OpenAsync(options))
        {
            Assert.Equal(whole.Id, (await service.CreateAsync("ecdsa", Gun, "timestamp")).Id);
            Assert.Null(await service.FindAsync(broken.Id));
            Assert.NotEqual(broken.Id, (await service.CreateAsync("ecdsa", Gun, "snapshot")).Id);
            Assert.False(await service.DeleteAsync(broken.Id));
        }
        Assert.Equal(3, soft.Tool("--list-objects").Split("half-made) ").Length - 1);
        Assert.DoesNotContain(broken.Id, soft.Tool("--list-objects"), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(11));
        await using (TokenKeyService service = await TokenKeyService.OpenAsync(options)) Signatures.Verify(whole, Content, await service.SignAsync(whole.Id, Content));
        foreach (string left in (string[])["half-made", "late"]) Assert.DoesNotContain(left, soft.Tool("--list-objects"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "CKR_TOKEN_NOT_PRESENT (the token is not there)")]
    // Without its directory the module does not even begin.
    [InlineData(false, "CKR_")]
    public async Task A_token_that_is_gone_is_told_of_and_found_when_it_is_back(bool isTokenAlone, string why)
    {
        await using TokenKeyService service = await OpenAsync();
        List<OnlineKey> keys = [];
        for (int i = 0; i < 6; i++)
        {
            keys.Add(await service.CreateAsync("ecdsa", $"{Gun} {i}", "timestamp"));
            await service.SignAsync(keys[i].Id, Content);
        }
        await service.CheckAsync();
        string place = isTokenAlone ? Assert.Single(Directory.GetDirectories(soft.Files)) : soft.Files, away = soft.Files + ".away";
        Func<Task>[] asks =
        [
            () => service.CheckAsync(), () => service.SignAsync(keys[0].Id, Content), () => service.CreateAsync("ecdsa", Gun, "snapshot"), async () => await service.FindAsync(new('0', 64)), () => service.DeleteAsync(new('0', 64)),
        ];
        foreach (Func<Task> first in asks)
        {
            Directory.Move(place, away);
            foreach (Func<Task> ask in (Func<Task>[])[first, .. asks])
            {
                (ErrorKind kind, string message) = await ErrorOf(ask);
                Assert.Equal(ErrorKind.Unavailable, kind);
                Assert.Contains(why, message, StringComparison.Ordinal);
            }
            Directory.Move(away, place);
            long start = TimeProvider.System.GetTimestamp();
            // The module is initialised anew once in a second at most.
            while (!await IsThereAsync(service))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(start) < Condition.Limit);
                await Task.Delay(20);
            }
        }
        // The module numbers its objects anew: what was known of a key is another one by now.
        for (int i = 0; i < 6; i++) await service.CreateAsync("ecdsa", $"{Gun} {i}", "snapshot");
        foreach (OnlineKey key in keys) Signatures.Verify(key, Content, await service.SignAsync(key.Id, Content));
    }

    [Fact]
    public async Task A_token_on_another_machine_is_enough()
    {
        OnlineKey key;
        await using (TokenKeyService service = await OpenAsync()) key = await service.CreateAsync("ecdsa", Gun, "targets/some role (new)");
        using SoftToken other = new("unlike");
        soft.Run("cp", "-r", soft.Files + "/.", other.Files);
        other.Use();
        await using TokenKeyService there = await OpenAsync();
        OnlineKey found = (await there.FindAsync(key.Id))!;
        Assert.Equal((Gun, "targets/some role (new)", "ecdsa"), (found.Gun, found.Role, found.Algorithm));
        Assert.Equal(key.Id, (await there.CreateAsync("ecdsa", Gun, "targets/some role (new)")).Id);
    }

    private Task<TokenKeyService> OpenAsync() => TokenKeyService.OpenAsync(soft.Options);

    private static async Task<bool> IsThereAsync(TokenKeyService service)
    {
        try
        {
            await service.CheckAsync();
            return true;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable)
        {
            return false;
        }
    }

    private static async Task<(ErrorKind Kind, string Message)> ErrorOf(Func<Task> act)
    {
        KeelsonException error = await Assert.ThrowsAnyAsync<KeelsonException>(act);
        return (error.Kind, error.Message);
    }
}
