namespace Keelson.Trust.Tests.Support;

/// <summary>Somebody with a trust directory, who works with our client or with those of others.</summary>
internal sealed class Person : IDisposable
{
    private readonly DebianNotary notary;
    private readonly string home = TestDirectory.Make("person");

    public Person(DebianNotary notary, IPassphraseSource? passphrases = null)
    {
        this.notary = notary;
        Remote = new(new() { Server = notary.Address, AuthorityFiles = [notary.AuthorityFile] });
        Keys = new(Trust, passphrases ?? new FixedPassphrases());
        string tls = $"{home}/tls/{notary.Host}";
        Directory.CreateDirectory(tls);
        System.IO.File.Copy(notary.AuthorityFile, tls + "/ca.crt");
    }

    /// <summary>The trust directory.</summary>
    public string Trust => home + "/trust";

    public NotaryRemote Remote { get; }

    public TrustKeyStore Keys { get; }

    public TrustCollection Open(string gun, TrustPinning? pinning = null, TimeProvider? time = null) =>
        new(gun, Remote, Keys, new() { Directory = Trust, Pinning = pinning ?? TrustPinning.FirstUse, Time = time ?? TimeProvider.System, PublishAttempts = 20 });

    /// <summary>Begins and publishes a collection with one target, <c>v1</c>.</summary>
    public async Task<TrustCollection> BeginAsync(string gun, bool isSnapshotManaged = true)
    {
        TrustCollection collection = Open(gun);
        await collection.InitializeAsync(isSnapshotManaged: isSnapshotManaged);
        collection.AddTarget("v1", 5, TufHashes.Of("hello"u8));
        await collection.PublishAsync();
        return collection;
    }

    /// <summary>A path in this person's home.</summary>
    public string File(string name) => $"{home}/{name}";

    /// <summary>Runs Debian's notary on the trust directory.</summary>
    public CommandResult Notary(params string[] arguments) =>
        ChildProcess.Run(["notary", "-s", notary.Address.AbsoluteUri.TrimEnd('/'), "--tlscacert", notary.AuthorityFile, "-d", Trust, .. arguments], Options());

    /// <summary>Runs a docker client, which hears yes to all questions; its trust directory is the same.</summary>
    public CommandResult Docker(string program, params string[] arguments) => ChildProcess.Run([program, .. arguments], Options() with { Input = "y\ny\n" });

    /// <summary>Runs the published <c>keelson trust</c>, in this person's home.</summary>
    public CommandResult Keelson(params string[] arguments) => ChildProcess.Run([Repository.PublishedCli, "trust", .. arguments], Options());

    public void Dispose()
    {
        Remote.Dispose();
        Keys.Dispose();
        TestDirectory.Remove(home);
    }

    private CommandOptions Options()
    {
        Dictionary<string, string> environment = new()
        {
            ["HOME"] = home,
            ["DOCKER_CONFIG"] = home,
            ["DOCKER_CONTENT_TRUST_SERVER"] = notary.Address.AbsoluteUri.TrimEnd('/'),
            ["DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"] = FixedPassphrases.Usual,
            ["DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"] = FixedPassphrases.Usual,
        };
        foreach (string role in (string[])["ROOT", "TARGETS", "SNAPSHOT", "DELEGATION"]) environment[$"NOTARY_{role}_PASSPHRASE"] = FixedPassphrases.Usual;
        return new() { Environment = environment, Directory = home };
    }
}
