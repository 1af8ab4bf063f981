using System.Text.Json.Serialization.Metadata;
using Keelson.Cli.Commands.Networks;
using Keelson.Cli.Parsing;
using Keelson.Cli.Templates;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands;

/// <summary><c>inspect</c>, of one kind of object or of whatever has the name.</summary>
internal static class InspectCommand
{
    private static readonly string[] Kinds = ["container", "image", "network", "volume"];

    public static Command Any => Of(null, "show all about containers, images, networks, volumes") with { Completes = "containers" };

    public static Command Container => Of("container", "show all about containers") with { Completes = "containers" };

    public static Command Image => Of("image", "show all about images") with { Completes = "images" };

    public static Command Network => Of("network", "show all about networks") with { Completes = "networks" };

    public static Command Volume => Of("volume", "show all about volumes") with { Completes = "volumes" };

    private static Command Of(string? kind, string summary) => new(summary, "[options] NAME…",
    [
        Option.Value("f,format", "template", "json, or a template such as {{.Id}}"),
        .. kind is null or "container" ? [Option.Flag("s,size", "count sizes of containers")] : Array.Empty<Option>(),
        .. kind is null ? [Option.Value("type", "kind", "container, image, network or volume")] : Array.Empty<Option>(),
        .. kind is "network" ? [Option.Flag("v,verbose", "more, for networks of swarms"), Option.Flag("graph", "draw who is in which network, as text or with --format svg")] : Array.Empty<Option>(),
    ], session => Run(session, kind ?? session.Arguments.Value("type")))
    { Least = kind is "network" ? 0 : 1 };

    private static int Run(Session session, string? kind)
    {
        if (kind is not null && !Kinds.Contains(kind)) throw new KeelsonException(ErrorKind.InvalidArgument, $"option --type: '{kind}' is not container, image, network or volume");
        string? format = session.Arguments.Value("format");
        if (kind == "network" && session.Arguments.Flag("graph"))
        {
            if (format is not (null or "" or "text" or "svg")) throw new KeelsonException(ErrorKind.InvalidArgument, $"option --format: a graph is drawn as text or svg, not as '{format}'");
            NetworkGraph graph = NetworkGraph.Read(session.Client, session.Arguments.Words);
            Output.Write(format == "svg" ? NetworkDrawing.Draw(graph) : graph.Text());
            return 0;
        }
        if (session.Arguments.Words.Count == 0) throw new UsageException("it needs at least one NAME", exitCode: 1);
        Template? template = string.IsNullOrEmpty(format) ? null : Template.Parse(format == "json" ? "{{json .}}" : Listing.Listing.Unescape(format));
        List<byte[]> found = [];
        List<string> errors = [];
        foreach (string name in session.Arguments.Words)
        {
            try
            {
                (byte[] json, JsonTypeInfo type) = Find(session, kind, name);
                if (template is null) found.Add(json);
                else Session.Print(template.Execute(JsonMap.Parse(json, type)));
            }
            catch (DockerException e)
            {
                errors.Add($"Error: {e.Message}");
            }
        }
        if (template is null)
        {
            Output.Write(JsonIndent.Apply([(byte)'[', .. found.SelectMany((json, i) => i == 0 ? json : [(byte)',', .. json]), (byte)']']));
            Session.Print("");
        }
        foreach (string error in errors) Output.Error(error);
        return errors.Count > 0 ? ExitCodes.Failed : 0;
    }

    private static (byte[] Json, JsonTypeInfo Type) Find(Session session, string? kind, string name)
    {
        foreach (string candidate in kind is null ? Kinds : [kind])
        {
            try
            {
                return candidate switch
                {
                    "container" => (session.Client.InspectContainerRaw(name, session.Arguments.Flag("size")), DockerJson.Default.ContainerInspect),
                    "image" => (session.Client.InspectImageRaw(name), DockerJson.Default.ImageInspect),
                    "network" => (session.Client.InspectNetworkRaw(name, session.Arguments.Flag("verbose")), DockerJson.Default.NetworkResource),
                    _ => (session.Client.InspectVolumeRaw(name), DockerJson.Default.Volume),
                };
            }
            catch (DockerException e) when (e.Status == 404 && kind is null)
            {
                // It may be of another kind.
            }
        }
        throw new DockerException(404, $"No such object: {name}");
    }
}
