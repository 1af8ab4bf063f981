using Keelson.Cli.Parsing;
using Keelson.Cli.Templates;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.System;

/// <summary><c>events</c>.</summary>
internal static class EventsCommand
{
    public static Command Command => new("show what happens, as it happens", "[options]",
    [
        FilterOptions.Option,
        Option.Value("format", "template", "json, or a template such as {{.Action}}"),
        Option.Value("since", "time", "from a time on: 2026-01-31T12:00:00 or 10m"),
        Option.Value("until", "time", "up to a time"),
    ], Run)
    { Most = 0 };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        Template? template = arguments.Value("format") is { Length: > 0 } format ? Template.Parse(format == "json" ? "{{json .}}" : Listing.Listing.Unescape(format)) : null;
        using ByteStream stream = session.Client.Events(Times.Parse(arguments.Value("since"), session.Time), Times.Parse(arguments.Value("until"), session.Time), FilterOptions.Of(arguments));
        JsonStream messages = new(stream);
        while (messages.Read(DockerJson.Default.EventMessage) is { } message)
        {
            Session.Print(template is null ? Line(message, session.Time) : template.Execute(JsonMap.Parse(messages.Raw, DockerJson.Default.EventMessage)));
            if (!messages.HasNext) Output.Flush();
        }
        return 0;
    }

    /// <summary>Time, type, action, ID, attributes.</summary>
    public static string Line(EventMessage message, TimeProvider time)
    {
        long nanoseconds = message.TimeNano != 0 ? message.TimeNano : message.Time * 1_000_000_000;
        string line = (nanoseconds != 0 ? Times.Nano(nanoseconds, time) + " " : "") + $"{message.Type} {message.Action} {message.Actor.ID}";
        Dictionary<string, string> attributes = message.Actor.Attributes ?? [];
        return attributes.Count == 0 ? line : line + " (" + string.Join(", ", attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}")) + ")";
    }
}
