using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Notary.Client;
using Keelson.Tuf;

namespace Keelson.Cli.Commands.Trust;

/// <summary><c>trust delegation</c>: who else may sign.</summary>
internal static class TrustDelegationCommands
{
    private static readonly Listing.Listing Roles = new("Role=ROLE", "Paths=PATHS", "Threshold=THRESHOLD", "Keys=KEY IDS");
    private static readonly Option Later = Option.Flag("stage", "only stage it");

    public static Command Add => new("let keys sign for a role", "[options] REPOSITORY ROLE [CERTIFICATE|PUBLIC-KEY…]",
        [.. TrustContext.Options, Option.List("paths", "prefix", "beginnings of tags that it may sign"), Option.Flag("all-paths", "all tags"), Option.Value("threshold", "number", "how many of its keys must sign"), Later], session =>
        {
            Arguments arguments = session.Arguments;
            using TrustContext context = new(session);
            TrustCollection collection = context.Open(arguments.Words[0]);
            TufKey[] keys = [.. arguments.Words.Skip(2).Select(file => TrustPublicKeys.FromPem(File.ReadAllText(file), session.Time.GetUtcNow()))];
            string[] paths = [.. arguments.List("paths").SelectMany(path => path.Split(',')), .. arguments.Flag("all-paths") ? [""] : Array.Empty<string>()];
            if (keys.Length == 0 && paths.Length == 0 && !arguments.Has("threshold")) throw new UsageException("it needs keys, --paths, --all-paths or --threshold", exitCode: 1);
            collection.AddDelegation(RoleOf(arguments.Words[1]), keys, paths, (int)(arguments.Number("threshold") ?? 0));
            return TrustCommands.Finish(session, collection);
        })
    { Least = 2 };

    public static Command Remove => new("take a role, or keys or paths from it", "[options] REPOSITORY ROLE [KEY-ID…]",
        [.. TrustContext.Options, Option.List("paths", "prefix", "paths that it loses"), Option.Flag("all-paths", "it loses all paths"), Later], session =>
        {
            Arguments arguments = session.Arguments;
            using TrustContext context = new(session);
            TrustCollection collection = context.Open(arguments.Words[0]);
            string[] ids = [.. arguments.Words.Skip(2)], paths = [.. arguments.List("paths").SelectMany(path => path.Split(','))];
            bool isWhole = ids.Length == 0 && paths.Length == 0 && !arguments.Flag("all-paths");
            collection.RemoveDelegation(RoleOf(arguments.Words[1]), ids, paths, isWhole, arguments.Flag("all-paths"));
            return TrustCommands.Finish(session, collection);
        })
    { Least = 2 };

    public static Command Purge => new("take keys from all roles", "[options] REPOSITORY KEY-ID…", [.. TrustContext.Options, Later], session =>
    {
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(session.Arguments.Words[0]);
        collection.PurgeKeys([.. session.Arguments.Words.Skip(1)]);
        return TrustCommands.Finish(session, collection);
    })
    { Least = 2 };

    public static Command List => new("list roles that others sign", "[options] REPOSITORY", [.. TrustContext.Options, FilterOptions.Format], session =>
    {
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(session.Arguments.Words[0]);
        IReadOnlyList<DelegationInfo> roles = TrustContext.Wait(collection.ListDelegationsAsync());
        TrustCommands.Warn(collection);
        Roles.Write(session.Arguments.Value("format"), "table {{.Role}}\t{{.Paths}}\t{{.Threshold}}\t{{.Keys}}", roles.Select(role => new Row
        {
            ["Role"] = role.Role,
            ["Paths"] = string.Join(',', role.Paths.Select(path => path.Length == 0 ? "<all>" : path)),
            ["Threshold"] = role.Threshold,
            ["Keys"] = string.Join(',', role.KeyIds),
        }));
        return 0;
    })
    { Least = 1, Most = 1 };

    private static string RoleOf(string name) => name.StartsWith("targets/", StringComparison.Ordinal) ? name : "targets/" + name;
}
