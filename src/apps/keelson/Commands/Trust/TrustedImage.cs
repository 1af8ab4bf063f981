using Keelson.Cli.Commands.Images;
using Keelson.Cli.Parsing;
using Keelson.Notary.Client;

namespace Keelson.Cli.Commands.Trust;

/// <summary>Images that are taken as they are signed: <c>--trust</c>, or <c>DOCKER_CONTENT_TRUST=1</c> as docker has it.</summary>
internal static class TrustedImage
{
    /// <summary>The option of commands that take images.</summary>
    public static Option Option => Option.Flag("trust", "take what is signed and nothing else; as DOCKER_CONTENT_TRUST=1");

    /// <summary>Whether a call wants signatures.</summary>
    public static bool IsWanted(Arguments arguments) =>
        arguments.Flag("trust") || (Environment.GetEnvironmentVariable("DOCKER_CONTENT_TRUST") is "1" or "true" or "True" or "TRUE" or "t" && !arguments.Flag("disable-content-trust"));

    /// <summary>The name of what is signed for an image: its repository with a digest. A name with a digest stands for itself, as with docker.</summary>
    /// <exception cref="KeelsonException">PermissionDenied: nobody signed it. Others: what is signed cannot be believed.</exception>
    public static string Resolve(Session session, string name)
    {
        (string repository, string? tag) = ImageName.Split(name);
        if (tag is not null && tag.Contains(':', StringComparison.Ordinal)) return name;
        using TrustContext context = new(session);
        TrustCollection collection = context.Open(name);
        SignedTarget signed = TrustContext.Wait(collection.FindAsync(tag ?? "latest")) ?? throw new KeelsonException(ErrorKind.PermissionDenied, $"trust {ImageName.Full(name)}: tag {tag ?? "latest"} is not signed");
        foreach (string warning in collection.Warnings) Output.Error("WARNING: " + warning);
        return $"{repository}@sha256:{Convert.ToHexStringLower(signed.Target.Hashes.Preferred.Span)}";
    }

    /// <summary>Pulls what is signed, and gives it the name that was asked for.</summary>
    /// <returns>The name with the digest.</returns>
    public static string Pull(Session session, string name, string? platform, bool toErrors, bool isQuiet = false)
    {
        string signed = Resolve(session, name);
        if (!isQuiet && signed != name) Line($"Pull: {signed}", toErrors);
        PullCommand.Pull(session, signed, platform, toErrors, isQuiet);
        if (signed == name) return signed;
        (string repository, string? tag) = ImageName.Split(name);
        session.Client.TagImage(signed, repository, tag ?? "latest");
        return signed;
    }

    private static void Line(string text, bool toErrors)
    {
        if (toErrors) Output.Error(text);
        else Session.Print(text);
    }
}
