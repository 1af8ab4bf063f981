using Keelson.Cli.Parsing;
using Keelson.Notary.Client;

namespace Keelson.Cli.Commands.Trust;

/// <summary>Files that several people sign: <c>trust stage</c>, <c>trust countersign</c>, <c>trust merge</c>.</summary>
internal static class TrustSigningCommands
{
    public static Command Stage => new("write staged changes for others to sign", "[options] REPOSITORY FILE", TrustContext.Options, session =>
    {
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(session.Arguments.Words[0]);
        SigningFile file = TrustContext.Wait(collection.StageAsync());
        File.WriteAllBytes(session.Arguments.Words[1], file.Write());
        // They are in the file from here on.
        collection.Changes.Remove();
        return Show(collection, file);
    })
    { Least = 2, Most = 2 };

    public static Command Countersign => new("show what a staged file changes, and sign it", "[options] FILE", [.. TrustContext.Options, Option.Flag("show", "only show it"), Option.Flag("f,force", "do not ask")], session =>
    {
        using TrustContext context = new(session);
        string path = session.Arguments.Words[0];
        SigningFile file = Read(path);
        TrustCollection collection = context.Open(file.Gun);
        Show(collection, file);
        if (session.Arguments.Flag("show") || !Confirmation.Get(session, "This will sign the changes above.")) return 0;
        file = TrustContext.Wait(collection.SignAsync(file));
        File.WriteAllBytes(path, file.Write());
        return Show(collection, file, isShort: true);
    })
    { Least = 1, Most = 1, Completes = "files" };

    public static Command Merge => new("put signatures together, and publish when they are enough", "[options] FILE…", TrustContext.Options, session =>
    {
        using TrustContext context = new(session);
        SigningFile file = SigningFile.Merge([.. session.Arguments.Words.Select(Read)]);
        TrustCollection collection = context.Open(file.Gun);
        if (TrustContext.Wait(collection.ExamineAsync(file)).All(role => role.IsComplete))
        {
            TrustCommands.Told(collection, TrustContext.Wait(collection.PublishAsync(file)), "Nothing to publish");
            return 0;
        }
        File.WriteAllBytes(session.Arguments.Words[0], file.Write());
        Show(collection, file, isShort: true);
        Output.Error($"Not enough have signed yet; the signatures so far are in {session.Arguments.Words[0]}.");
        return ExitCodes.Failed;
    })
    { Least = 1, Completes = "files" };

    private static SigningFile Read(string path) => new FileInfo(path).Length <= SigningFile.MaximumBytes
        ? SigningFile.Read(File.ReadAllBytes(path)) : throw new KeelsonException(ErrorKind.InvalidArgument, $"read {path}: too large for a signing file");

    private static int Show(TrustCollection collection, SigningFile file, bool isShort = false)
    {
        foreach (SigningStatus role in TrustContext.Wait(collection.ExamineAsync(file)))
        {
            Session.Print($"{file.Gun} {role.Role} version {role.Version}: {role.Signed} of {role.Threshold} signatures");
            foreach (string change in isShort ? [] : role.Changes) Session.Print("  " + change);
            if (!role.IsComplete) Session.Print("  may still sign: " + string.Join(' ', role.Missing));
        }
        return 0;
    }
}
