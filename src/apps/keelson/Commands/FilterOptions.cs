using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands;

/// <summary>The option <c>--filter</c>.</summary>
internal static class FilterOptions
{
    public static Option Option => Parsing.Option.List("f,filter", "name=value", "only those for which this holds");

    /// <summary>The same where <c>-f</c> is something else.</summary>
    public static Option LongOption => Parsing.Option.List("filter", "name=value", "only those for which this holds");

    public static Option Format => Parsing.Option.Value("format", "template", "json, 'table TEMPLATE' or a template such as {{.ID}}");

    /// <summary>Reads the option.</summary>
    public static Filters Of(Arguments arguments)
    {
        Filters filters = new();
        foreach (string text in arguments.List("filter"))
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"option --filter: '{text}' is not name=value");
            filters.Add(text[..equals].Trim().ToLowerInvariant(), text[(equals + 1)..].Trim());
        }
        return filters;
    }
}
