using Keelson.Cli.Commands.Images;
using Keelson.Cli.Parsing;
using Keelson.Distribution;
using Keelson.Notary.Client;

namespace Keelson.Cli.Commands.Trust;

/// <summary>What the options of the group <c>trust</c> say: the trust directory, the server, what is pinned.</summary>
internal sealed class TrustContext : IDisposable
{
    private const string HubNotary = "https://notary.docker.io";
    private readonly Arguments arguments;
    private readonly TimeProvider time;
    private readonly TrustConfiguration configuration;
    private readonly List<NotaryRemote> remotes = [];

    public TrustContext(Session session)
    {
        (arguments, time) = (session.Arguments, session.Time);
        configuration = arguments.Value("config") is { } file ? TrustConfiguration.Read(file) : new(null, null, null, null, TrustPinning.FirstUse);
        Directory = arguments.Value("trust-dir") ?? configuration.TrustDirectory ?? Path.Combine(DockerFolder, "trust");
        Keys = new(Directory, new EnvironmentPassphrases(new TerminalPassphrases()));
    }

    /// <summary>The options that every command has which speaks to a server.</summary>
    public static Option[] Options =>
    [
        Option.Value("s,server", "url", "the notary server; DOCKER_CONTENT_TRUST_SERVER, else the registry's host"),
        .. LocalOptions,
        Option.Value("tlscacert", "file", "trust certificates of this authority too", "files"),
        Option.Value("tlscert", "file", "show this certificate", "files"),
        Option.Value("tlskey", "file", "its key", "files"),
    ];

    /// <summary>The options of commands that work on the trust directory alone.</summary>
    public static Option[] LocalOptions =>
    [
        Option.Value("d,trust-dir", "folder", "keys and metadata; ~/.docker/trust by default", "files"),
        Option.Value("c,config", "file", "a configuration of notary, with what is pinned", "files"),
    ];

    public string Directory { get; }

    public TrustKeyStore Keys { get; }

    /// <summary>The name of a collection, from the name of an image.</summary>
    public static string GunOf(string image) => ImageName.Split(ImageName.Full(image)).Repository;

    /// <summary>Opens the collection of an image.</summary>
    public TrustCollection Open(string image)
    {
        string gun = GunOf(image);
        NotaryRemote remote = new(new()
        {
            Server = ServerOf(gun),
            AuthorityFiles = [.. Authorities(ServerOf(gun))],
            ClientCertificate = arguments.Value("tlscert") is { } certificate && arguments.Value("tlskey") is { } key ? (certificate, key) : configuration.ClientCertificate,
            Credentials = new DockerConfigCredentials(),
            CredentialName = ImageName.Registry(gun),
            Time = time,
            Warn = Output.Error,
        });
        remotes.Add(remote);
        return new(gun, remote, Keys, new() { Directory = Directory, Pinning = configuration.Pinning, Time = time });
    }

    public void Dispose()
    {
        foreach (NotaryRemote remote in remotes) remote.Dispose();
        Keys.Dispose();
    }

    /// <summary>Waits for a call; the program has nothing else to do.</summary>
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    /// <inheritdoc cref="Wait{T}"/>
    public static void Wait(Task task) => task.GetAwaiter().GetResult();

    private Uri ServerOf(string gun)
    {
        string? text = arguments.Value("server") ?? configuration.Server?.AbsoluteUri ?? (Environment.GetEnvironmentVariable("DOCKER_CONTENT_TRUST_SERVER") is { Length: > 0 } server ? server : null);
        string registry = ImageName.Registry(gun);
        text ??= registry == "docker.io" ? HubNotary : "https://" + registry;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : throw new UsageException($"option --server: '{text}' is not a URL");
    }

    private IEnumerable<string> Authorities(Uri server)
    {
        if (arguments.Value("tlscacert") is { } file) yield return file;
        else if (configuration.AuthorityFile is { } configured) yield return configured;
        // Where docker looks for it.
        string own = Path.Combine(DockerFolder, "tls", server.Authority, "ca.crt");
        if (File.Exists(own)) yield return own;
    }

    private static string DockerFolder =>
        Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } folder ? folder : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".docker");
}
