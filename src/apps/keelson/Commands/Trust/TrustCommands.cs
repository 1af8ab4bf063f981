using Keelson.Cli.Commands.Images;
using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Distribution;
using Keelson.Notary.Client;
using Keelson.Oci;
using Keelson.Tuf;

namespace Keelson.Cli.Commands.Trust;

/// <summary>The group <c>trust</c>: collections of signed tags.</summary>
internal static class TrustCommands
{
    private static readonly Listing.Listing Tags = new("Tag=SIGNED TAG", "Digest=DIGEST", "Size=SIZE", "Role=ROLE");
    private static readonly Option Later = Option.Flag("stage", "only stage it; 'trust publish' or 'trust stage' comes later");

    public static Command Init => new("begin to sign a repository", "[options] REPOSITORY",
        [.. TrustContext.Options, Option.List("rootkey", "id|file", "a root key that is here, or in a file"), Option.Value("threshold", "number", "how many root keys must sign (1)"), Option.Flag("local-snapshot", "sign snapshots here and not at the server"), Later], session =>
        {
            using TrustContext context = new(session);
            TrustCollection collection = context.Open(session.Arguments.Words[0]);
            string[] roots = [.. session.Arguments.List("rootkey").SelectMany(key => File.Exists(key) ? context.Keys.Import(File.ReadAllText(key), TufRoles.Root).Select(info => info.Id) : [key])];
            TrustContext.Wait(collection.InitializeAsync(roots.Length > 0 ? roots : null, !session.Arguments.Flag("local-snapshot"), rootThreshold: (int)(session.Arguments.Number("threshold") ?? 1)));
            return Finish(session, collection);
        })
    { Least = 1, Most = 1 };

    public static Command Sign => new("sign a tag, or any file", "[options] IMAGE[:TAG]",
        [.. TrustContext.Options, Option.List("r,role", "role", "the role that signs; all whose keys are here by default"), Option.Value("digest", "digest", "sign this manifest and ask no registry"), Option.Value("size", "bytes", "its size"), Option.Value("file", "file", "sign this file", "files"), Option.Flag("plain-http", "ask the registry without TLS"), Later], session =>
        {
            using TrustContext context = new(session);
            string image = session.Arguments.Words[0];
            TrustCollection collection = context.Open(image);
            (long length, TufHashes hashes) = Describe(session, image);
            BeginWhereNew(session, collection);
            collection.AddTarget(TagOf(image), length, hashes, session.Arguments.ListOrNull("role") ?? TrustContext.Wait(collection.ListOwnRolesAsync()));
            return Finish(session, collection);
        })
    { Least = 1, Most = 1, Completes = "images" };

    public static Command Revoke => new("take signatures of tags back", "[options] IMAGE:TAG…", [.. TrustContext.Options, Option.List("r,role", "role", "the role to take it from; all that have it by default"), Later], session =>
        Session.ForEach(session.Arguments.Words, "revoke", image =>
        {
            using TrustContext context = new(session);
            TrustCollection collection = context.Open(image);
            string tag = ImageName.Split(image).Tag ?? throw new UsageException($"'{image}' has no tag", exitCode: 1);
            string[] roles = session.Arguments.ListOrNull("role") ?? [.. TrustContext.Wait(collection.ListAsync()).Where(target => target.Target.Path == tag).Select(target => target.Role)];
            if (roles.Length == 0) throw new KeelsonException(ErrorKind.NotFound, $"tag {tag} is not signed");
            collection.RemoveTarget(tag, roles);
            Finish(session, collection);
        }))
    { Least = 1 };

    public static Command View => new("list signed tags", "[options] REPOSITORY[:TAG]", [.. TrustContext.Options, FilterOptions.Format, Option.List("r,role", "role", "only of this role")], session =>
    {
        using TrustContext context = new(session);
        string name = session.Arguments.Words[0];
        TrustCollection collection = context.Open(name);
        IEnumerable<SignedTarget> targets = TrustContext.Wait(collection.ListAsync(session.Arguments.ListOrNull("role")));
        Warn(collection);
        if (ImageName.Split(name).Tag is { } tag) targets = targets.Where(target => target.Target.Path == tag);
        Tags.Write(session.Arguments.Value("format"), "table {{.Tag}}\t{{.Digest}}\t{{.Size}}\t{{.Role}}", targets.Select(target => new Row
        {
            ["Tag"] = target.Target.Path,
            ["Digest"] = "sha256:" + Convert.ToHexStringLower(target.Target.Hashes.Preferred.Span),
            ["Size"] = target.Target.LengthBytes,
            ["Role"] = target.Role,
        }));
        return 0;
    })
    { Least = 1, Most = 1, Completes = "images" };

    public static Command Verify => new("compare a file with what is signed", "[options] REPOSITORY:TAG FILE", TrustContext.Options, session =>
    {
        using TrustContext context = new(session);
        string name = session.Arguments.Words[0];
        TrustCollection collection = context.Open(name);
        using Stream file = Text.FileStreams.OpenInput(session.Arguments.Words[1]);
        TrustContext.Wait(collection.VerifyAsync(TagOf(name), file));
        Warn(collection);
        return 0;
    })
    { Least = 2, Most = 2 };

    public static Command Publish => new("publish staged changes", "[options] REPOSITORY", TrustContext.Options, session =>
    {
        using TrustContext context = new(session);
        return Finish(session, context.Open(session.Arguments.Words[0]));
    })
    { Least = 1, Most = 1 };

    public static Command Status => new("list staged changes", "[options] REPOSITORY", TrustContext.LocalOptions, session =>
    {
        using TrustContext context = new(session);
        foreach ((_, TrustChange change) in context.Open(session.Arguments.Words[0]).Changes.List()) Session.Print(change.ToString());
        return 0;
    })
    { Least = 1, Most = 1 };

    public static Command Reset => new("forget staged changes", "[options] REPOSITORY", TrustContext.LocalOptions, session =>
    {
        using TrustContext context = new(session);
        context.Open(session.Arguments.Words[0]).Changes.Remove();
        return 0;
    })
    { Least = 1, Most = 1 };

    public static Command Witness => new("sign roles again as they are", "[options] REPOSITORY ROLE…", [.. TrustContext.Options, Later], session =>
    {
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(session.Arguments.Words[0]);
        collection.Witness([.. session.Arguments.Words.Skip(1)]);
        return Finish(session, collection);
    })
    { Least = 2 };

    public static Command Repair => new("renew what has expired or does soon", "[options] REPOSITORY", [.. TrustContext.Options, Option.Value("within", "days", "what expires sooner (180)")], session =>
    {
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(session.Arguments.Words[0]);
        Told(collection, TrustContext.Wait(collection.RepairAsync(session.Arguments.Number("within") is { } days ? TimeSpan.FromDays(days) : null)), "Nothing expires soon");
        return 0;
    })
    { Least = 1, Most = 1 };

    public static Command Delete => new("forget a collection here; keys stay", "[options] REPOSITORY", [.. TrustContext.Options, Option.Flag("remote", "delete it from the server too")], session =>
    {
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(session.Arguments.Words[0]);
        if (session.Arguments.Flag("remote")) TrustContext.Wait(collection.DeleteAsync());
        else collection.Forget();
        return 0;
    })
    { Least = 1, Most = 1 };

    /// <summary>Publishes, unless it is only to be staged.</summary>
    internal static int Finish(Session session, TrustCollection collection)
    {
        if (session.Arguments.Flag("stage")) return 0;
        Told(collection, TrustContext.Wait(collection.PublishAsync()), "Nothing to publish");
        return 0;
    }

    internal static void Told(TrustCollection collection, IReadOnlyList<string> roles, string otherwise)
    {
        Warn(collection);
        Session.Print(roles.Count > 0 ? $"Published {collection.Gun}: {string.Join(", ", roles)}" : otherwise);
    }

    internal static void Warn(TrustCollection collection)
    {
        foreach (string warning in collection.Warnings) Output.Error("WARNING: " + warning);
    }

    private static string TagOf(string image) => ImageName.Split(image).Tag ?? "latest";

    private static void BeginWhereNew(Session session, TrustCollection collection)
    {
        try
        {
            TrustContext.Wait(collection.ListOwnRolesAsync());
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            TrustContext.Wait(collection.InitializeAsync());
            Output.Error($"{collection.Gun} is signed for the first time. Keep the root key safe: 'keelson trust key backup'.");
        }
    }

    private static (long Length, TufHashes Hashes) Describe(Session session, string image)
    {
        Arguments arguments = session.Arguments;
        if (arguments.Value("file") is { } file)
        {
            byte[] content = File.ReadAllBytes(file);
            return (content.Length, TufHashes.Of(content));
        }
        if (arguments.Value("digest") is { } digest)
            return (arguments.Number("size") ?? throw new UsageException("option --digest needs --size", exitCode: 1), TufHashes.FromSha256(Sha256(digest)));
        ImageReference reference = ImageReference.Parse(ImageName.Full(image));
        using RegistryClient client = new(new()
        {
            Credentials = new DockerConfigCredentials(),
            Hosts = new DirectHosts(arguments.Flag("plain-http") ? [reference.Repository.Registry] : []),
            Warn = Output.Error,
        });
        Descriptor found = TrustContext.Wait(client.ResolveAsync(reference));
        return (found.Size, TufHashes.FromSha256(Sha256(found.Digest.ToString())));
    }

    private static byte[] Sha256(string digest)
    {
        string hex = digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest["sha256:".Length..] : digest;
        return hex.Length == 64 && hex.All(char.IsAsciiHexDigit) ? Convert.FromHexString(hex) : throw new KeelsonException(ErrorKind.InvalidArgument, $"sign {digest}: not a digest of sha256");
    }
}
