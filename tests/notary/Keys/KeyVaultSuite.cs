using Keelson.Notary.Keys;
using Keelson.Notary.Tests.Support;

namespace Keelson.Notary.Tests.Keys;

/// <summary>What a vault does on every store of keys.</summary>
public abstract class KeyVaultSuite : IAsyncLifetime
{
    protected const string Gun = "docker.io/library/alpine", Passphrase = "correct horse";

    protected static readonly byte[] Content = "what is to be signed"u8.ToArray();

    protected TestClock Clock { get; } = new();

    protected KeyVault Vault { get; private set; } = null!;

    protected abstract Task<IKeyStore> OpenAsync();

    /// <summary>Another store of the same keys, where there can be one.</summary>
    protected abstract Task<IKeyStore?> AgainAsync();

    public async ValueTask InitializeAsync() => Vault = VaultOf(await OpenAsync());

    public virtual async ValueTask DisposeAsync()
    {
        if (Vault is not null) await Vault.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public async Task A_key_signs_what_its_public_half_verifies(string algorithm)
    {
        OnlineKey key = await Vault.CreateAsync(algorithm, Gun, "timestamp");
        Assert.Equal((algorithm, Gun, "timestamp", 64), (key.Algorithm, key.Gun, key.Role, key.Id.Length));
        Signatures.Verify(key, Content, await Vault.SignAsync(key.Id, Content));
        OnlineKey found = Assert.IsType<OnlineKey>(await Vault.FindAsync(key.Id));
        Assert.Equal((key.Id, key.Algorithm, key.Gun, key.Role), (found.Id, found.Algorithm, found.Gun, found.Role));
        Assert.True(found.PublicKey.Span.SequenceEqual(key.PublicKey.Span));
    }

    [Fact]
    public async Task A_key_that_has_signed_nothing_is_given_again()
    {
        OnlineKey first = await Vault.CreateAsync("ecdsa", Gun, "timestamp");
        Assert.Equal(first.Id, (await Vault.CreateAsync("ecdsa", Gun, "timestamp")).Id);
        Assert.NotEqual(first.Id, (await Vault.CreateAsync("ed25519", Gun, "timestamp")).Id);
        Assert.NotEqual(first.Id, (await Vault.CreateAsync("ecdsa", Gun, "snapshot")).Id);
        Assert.NotEqual(first.Id, (await Vault.CreateAsync("ecdsa", Gun + "2", "timestamp")).Id);
        await Vault.SignAsync(first.Id, Content);
        OnlineKey second = await Vault.CreateAsync("ecdsa", Gun, "timestamp");
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(second.Id, (await Vault.CreateAsync("ecdsa", Gun, "timestamp")).Id);
    }

    [Fact]
    public async Task Those_who_ask_at_once_get_one_key()
    {
        OnlineKey[] keys = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Vault.CreateAsync("ecdsa", Gun, "timestamp"))));
        Assert.Single(keys.Select(key => key.Id).Distinct());
    }

    [Fact]
    public async Task A_removed_key_signs_no_more()
    {
        OnlineKey key = await Vault.CreateAsync("ecdsa", Gun, "timestamp");
        await Vault.SignAsync(key.Id, Content);
        Assert.True(await Vault.DeleteAsync(key.Id));
        Assert.False(await Vault.DeleteAsync(key.Id));
        Assert.Null(await Vault.FindAsync(key.Id));
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => Vault.SignAsync(key.Id, Content))).Kind);
    }

    [Fact]
    public async Task Other_algorithms_and_keys_are_not_known()
    {
        await Vault.CheckAsync();
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => Vault.CreateAsync("rsa", Gun, "timestamp"))).Kind);
        Assert.Null(await Vault.FindAsync(new('0', 64)));
        Assert.Null(await Vault.FindAsync(""));
    }

    [Fact]
    public async Task A_key_is_unwrapped_again_with_its_passphrase_and_no_other()
    {
        OnlineKey unused = await Vault.CreateAsync("ed25519", Gun, "timestamp"), used = await Vault.CreateAsync("ecdsa", Gun, "snapshot");
        await Vault.SignAsync(used.Id, Content);
        if (await AgainAsync() is { } right)
        {
            await using KeyVault vault = VaultOf(right);
            Assert.Equal(unused.Id, (await vault.CreateAsync("ed25519", Gun, "timestamp")).Id);
            Assert.NotEqual(used.Id, (await vault.CreateAsync("ecdsa", Gun, "snapshot")).Id);
            foreach (OnlineKey key in (OnlineKey[])[unused, used]) Signatures.Verify(key, Content, await vault.SignAsync(key.Id, Content));
        }
        if (await AgainAsync() is { } wrong)
        {
            await using KeyVault vault = new(wrong, new() { DefaultAlias = "k1", Passphrase = _ => "another" });
            Assert.Equal(ErrorKind.DataLoss, (await Assert.ThrowsAsync<KeelsonException>(() => vault.SignAsync(used.Id, Content))).Kind);
        }
        if (await AgainAsync() is { } none)
        {
            await using KeyVault vault = new(none, new() { DefaultAlias = "k2", Passphrase = alias => alias == "k2" ? "another" : null });
            Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => vault.SignAsync(used.Id, Content))).Kind);
            Assert.NotEqual("", (await vault.CreateAsync("ecdsa", Gun + "2", "timestamp")).Id);
        }
    }

    [Fact]
    public async Task A_store_gives_back_what_it_got()
    {
        await using IKeyStore store = await OpenAsync();
        WrappedKey key = new("id", "ecdsa", new byte[] { 0, 255, 1 }, "a.b.c", "alias", "g", "r", Clock.GetUtcNow(), null);
        await store.AddAsync(key);
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => store.AddAsync(key))).Kind);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await store.MarkUsedAsync("id", Clock.GetUtcNow()));
        Assert.False(await store.MarkUsedAsync("other", Clock.GetUtcNow()));
        WrappedKey found = Assert.IsType<WrappedKey>(await store.FindAsync("id"));
        Assert.Equal(key with { PublicKey = default, LastUsed = Clock.GetUtcNow() }, found with { PublicKey = default });
        Assert.True(found.PublicKey.Span.SequenceEqual(key.PublicKey.Span));
        Assert.Null(await store.FindUnusedAsync("g", "r", "ecdsa"));
        Assert.True(await store.DeleteAsync("id"));
    }

    protected KeyVault VaultOf(IKeyStore store) => new(store, new() { DefaultAlias = "k1", Passphrase = alias => alias == "k1" ? Passphrase : null, Time = Clock, Rounds = 100 });
}
