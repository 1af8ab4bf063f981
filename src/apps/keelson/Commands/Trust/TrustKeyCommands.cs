using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Notary.Client;
using Keelson.Tuf;

namespace Keelson.Cli.Commands.Trust;

/// <summary><c>trust key</c>: private keys in the trust directory.</summary>
internal static class TrustKeyCommands
{
    private static readonly Listing.Listing Keys = new("Role=ROLE", "Repository=REPOSITORY", "ID=KEY ID", "Encrypted=ENCRYPTED", "Uses=USED BY", "Explanation=EXPLANATION");

    public static Command Generate => new("make a key; its public half goes to NAME.pub", "[options] NAME",
        [.. TrustContext.LocalOptions, Option.Value("dir", "folder", "where NAME.pub goes", "files"), Option.Value("algorithm", "name", "ecdsa or ed25519 (ecdsa)")], session =>
        {
            string name = session.Arguments.Words[0];
            using TrustContext context = new(session);
            TrustKey key = context.Keys.Generate(name, "", session.Arguments.Value("algorithm") ?? "ecdsa");
            if (name is not TufRoles.Root && key.Public.KeyType == "ecdsa")
                File.WriteAllText(Path.Combine(session.Arguments.Value("dir") ?? ".", Path.GetFileName(name) + ".pub"), key.PublicPem(name));
            Session.Print(key.Id);
            return 0;
        })
    { Least = 1, Most = 1 };

    public static Command Load => new("take private keys of a file", "[options] FILE",
        [.. TrustContext.LocalOptions, Option.Value("name", "name", "whose key it is, where the file does not say (signer)")], session =>
        {
            using TrustContext context = new(session);
            foreach (TrustKeyInfo key in context.Keys.Import(File.ReadAllText(session.Arguments.Words[0]), session.Arguments.Value("name") ?? "signer")) Session.Print(key.Id);
            return 0;
        })
    { Least = 1, Most = 1, Completes = "files" };

    public static Command List => new("list keys", "[options]", [.. TrustContext.LocalOptions, FilterOptions.Format], session => Show(session, "table {{.Role}}\t{{.Repository}}\t{{.ID}}"))
    { Most = 0 };

    public static Command Explain => new("say what each key is for", "[options]", [.. TrustContext.LocalOptions, FilterOptions.Format], session => Show(session, "{{.ID}} {{.Role}}\n  {{.Explanation}}\n  used by: {{.Uses}}"))
    { Most = 0 };

    public static Command Rotate => new("give a role another key", "[options] REPOSITORY ROLE",
        [.. TrustContext.Options, Option.Flag("r,server-managed", "the server signs the role from now on"), Option.List("key", "id", "a key that is here; a new one by default")], session =>
        {
            Arguments arguments = session.Arguments;
            using TrustContext context = new(session);
            TrustCollection collection = context.Open(arguments.Words[0]);
            string role = arguments.Words[1];
            IReadOnlyList<TufKey> keys = TrustContext.Wait(collection.RotateKeyAsync(role, arguments.Flag("server-managed") || role == TufRoles.Timestamp, arguments.List("key")));
            TrustCommands.Warn(collection);
            foreach (TufKey key in keys) Session.Print(TrustPublicKeys.CanonicalId(key));
            return 0;
        })
    { Least = 2, Most = 2 };

    public static Command Remove => new("forget keys for good", "[options] KEY-ID…", TrustContext.LocalOptions, session =>
        Session.ForEach(session.Arguments.Words, "remove key", id =>
        {
            using TrustContext context = new(session);
            if (!context.Keys.Remove(id)) throw new KeelsonException(ErrorKind.NotFound, "it is not in the trust directory");
        }))
    { Least = 1 };

    public static Command Passphrase => new("encrypt a key anew", "[options] KEY-ID", TrustContext.LocalOptions, session =>
    {
        using TrustContext context = new(session);
        context.Keys.ChangePassphrase(session.Arguments.Words[0]);
        return 0;
    })
    { Least = 1, Most = 1 };

    public static Command Backup => new("write keys, encrypted as they are, for notary too", "[options] [KEY-ID…]",
        [.. TrustContext.LocalOptions, Option.Value("o,output", "file", "the file; standard output by default", "files"), Option.Value("gun", "name", "only of this collection")], session =>
        {
            using TrustContext context = new(session);
            IReadOnlyList<string>? ids = session.Arguments.Words.Count > 0 ? session.Arguments.Words : null;
            string? gun = session.Arguments.Value("gun");
            if (session.Arguments.Value("output") is { } file) context.Keys.ExportTo(file, ids, gun);
            else Output.Write(context.Keys.Export(ids, gun));
            return 0;
        });

    public static Command Restore => new("take keys of a backup", "[options] FILE…", TrustContext.LocalOptions, session =>
        Session.ForEach(session.Arguments.Words, "restore", file =>
        {
            using TrustContext context = new(session);
            foreach (TrustKeyInfo key in context.Keys.Import(File.ReadAllText(file))) Session.Print(key.Id);
        }))
    { Least = 1, Completes = "files" };

    private static int Show(Session session, string standard)
    {
        using TrustContext context = new(session);
        Keys.Write(session.Arguments.Value("format"), standard, KeyExplanation.Explain(context.Directory, context.Keys).Select(key => new Row
        {
            ["Role"] = key.Key.Role,
            ["Repository"] = key.Key.Gun,
            ["ID"] = key.Key.Id,
            ["Encrypted"] = key.Key.IsEncrypted,
            ["Uses"] = key.Uses.Count == 0 ? "nothing known here" : string.Join(", ", key.Uses.Select(use => $"{use.Gun} {use.Role}")),
            ["Explanation"] = key.Text,
        }));
        return 0;
    }
}
