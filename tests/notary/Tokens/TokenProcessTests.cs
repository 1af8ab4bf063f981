using System.Text;
using Keelson.Linux.Sys;
using Keelson.Notary.Keys;
using Keelson.Notary.Pkcs11;
using Keelson.Notary.Tests.Support;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Several processes on one token, and their sudden ends.</summary>
[Collection(SoftTokenCollection.Name)]
public sealed class TokenProcessTests : IDisposable
{
    private const string Gun = "example.org/app";
    private static readonly byte[] Content = "content"u8.ToArray();

    private readonly SoftToken soft = new SoftToken().Use();

    public void Dispose() => soft.Dispose();

    [Fact]
    public async Task Processes_share_a_token()
    {
        using ChildProcess one = TokenChild.Start(soft, Gun), two = TokenChild.Start(soft, Gun);
        await using TokenKeyService here = await TokenKeyService.OpenAsync(soft.Options);
        for (int i = 0; i < 10; i++)
        {
            OnlineKey key = await here.CreateAsync("ecdsa", Gun, "timestamp");
            Signatures.Verify(key, Content, await here.SignAsync(key.Id, Content));
        }
        foreach (ChildProcess child in (ChildProcess[])[one, two]) Condition.Await("keys of a child: " + child.Stderr, () => child.HasEnded || TokenChild.KeysOf(child).Length >= 10, TimeSpan.FromMinutes(1));
        foreach (ChildProcess child in (ChildProcess[])[one, two])
        {
            Assert.False(child.HasEnded, child.Stderr);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
        }
        foreach (string id in TokenChild.KeysOf(one).Concat(TokenChild.KeysOf(two)))
            Signatures.Verify((await here.FindAsync(id))!, Content, await here.SignAsync(id, Content));
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_makes_keys_leaves_whole_ones_and_nothing_that_disturbs()
    {
        Random random = new(11);
        HashSet<string> told = [];
        for (int round = 0; round < 12; round++)
        {
            using ChildProcess child = TokenChild.Start(soft, Gun);
            int keys = random.Next(1, 8);
            Condition.Await("keys to be made: " + child.Stderr, () => child.HasEnded || TokenChild.KeysOf(child).Length >= keys, TimeSpan.FromMinutes(1));
            Assert.False(child.HasEnded, child.Stderr);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
            told.UnionWith(TokenChild.KeysOf(child));
        }
        await using (TokenKeyService here = await TokenKeyService.OpenAsync(soft.Options with { HalfMadeLimit = TimeSpan.FromSeconds(-1) }))
        {
            foreach (string id in told) Signatures.Verify((await here.FindAsync(id))!, Content, await here.SignAsync(id, Content));
            foreach (string algorithm in (string[])["ecdsa", "ed25519"])
            {
                OnlineKey key = await here.CreateAsync(algorithm, Gun, "timestamp");
                Assert.DoesNotContain(key.Id, told);
                Signatures.Verify(key, Content, await here.SignAsync(key.Id, Content));
                told.Add(key.Id);
            }
        }
        // Each round may have ended between a key and its line, and between a key and its first signature.
        string[] ids = [.. soft.Tool("--list-objects").Split('\n').Where(line => line.Contains("ID: ", StringComparison.Ordinal)).Select(line => line.Split("ID:")[1].Trim())];
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes("keelson half-made")), ids);
        // SoftHSM empties the file of an object and writes it then: what is killed in between has lost that half, of a key that nobody was told of.
        int emptied = Directory.GetFiles(soft.Files, "*.object", SearchOption.AllDirectories).Count(file => new FileInfo(file).Length == 0);
        IGrouping<string, string>[] pairs = [.. ids.GroupBy(id => id)], whole = [.. pairs.Where(pair => pair.Count() == 2)];
        Assert.InRange(pairs.Length - whole.Length, 0, emptied);
        Assert.Subset(whole.Select(pair => pair.Key).ToHashSet(), told);
        Assert.InRange(pairs.Length, told.Count, told.Count + 12);
    }
}
