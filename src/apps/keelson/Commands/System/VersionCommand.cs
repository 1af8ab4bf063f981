using Keelson.Cli.Parsing;
using Keelson.Cli.Templates;
using Keelson.Docker;

namespace Keelson.Cli.Commands.System;

/// <summary><c>version</c>.</summary>
internal static class VersionCommand
{
    public static Command Command => new("show the versions of this program and of the engine", "[options]", [Option.Value("f,format", "template", "json, or a template such as {{.Server.Version}}")], Run) { Most = 0 };

    private static string Architecture => global::System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == global::System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    private static int Run(Session session)
    {
        EngineUnreachableException? unreachable = null;
        byte[]? server = null;
        try
        {
            server = session.Client.GetVersionRaw();
        }
        catch (EngineUnreachableException e)
        {
            unreachable = e;
        }
        if (session.Arguments.Value("format") is { Length: > 0 } format) Fill(session, format, server);
        else Show(session, server);
        if (unreachable is null) return 0;
        Errors.Report("version", unreachable);
        return ExitCodes.Failed;
    }

    private static void Fill(Session session, string format, byte[]? server)
    {
        Dictionary<string, object?> client = new() { ["Version"] = BuildInfo.Version, ["ApiVersion"] = session.Client.Version, ["GitCommit"] = BuildInfo.Commit, ["Os"] = "linux", ["Arch"] = Architecture };
        object? engine = server is null ? null : JsonMap.Parse(server, DockerJson.Default.VersionResponse);
        JsonMap both = new(new() { ["Client"] = new JsonMap(client, null), ["Server"] = engine }, null);
        Session.Print(Template.Parse(format == "json" ? "{{json .}}" : Listing.Listing.Unescape(format)).Execute(both));
    }

    private static void Show(Session session, byte[]? server)
    {
        Session.Print("Client: Keelson");
        Line(1, "Version", BuildInfo.Version);
        Line(1, "API version", session.Client.Version);
        Line(1, "Git commit", BuildInfo.Commit);
        Line(1, "OS/Arch", $"linux/{Architecture}");
        if (server is null) return;
        VersionResponse version = global::System.Text.Json.JsonSerializer.Deserialize(server, DockerJson.Default.VersionResponse)!;
        Session.Print($"\nServer: {version.Platform.Name}".TrimEnd());
        Session.Print(" Engine:");
        Line(2, "Version", version.Version);
        Line(2, "API version", $"{version.ApiVersion} (minimum version {version.MinAPIVersion})");
        Line(2, "Git commit", version.GitCommit);
        Line(2, "OS/Arch", $"{version.Os}/{version.Arch}");
        foreach (ComponentVersion component in version.Components ?? [])
        {
            if (component.Name == "Engine") continue;
            Session.Print($" {component.Name}:");
            Line(2, "Version", component.Version);
            foreach ((string name, string value) in component.Details ?? []) Line(2, name, value);
        }
    }

    private static void Line(int level, string name, string value) => Session.Print((new string(' ', level) + name + ":").PadRight(20) + value);
}
