using Keelson.Cli.Templates;
using Keelson.Cli.Text;

namespace Keelson.Cli.Listing;

/// <summary>Rows as the option <c>--format</c> wants them: a table, a template a row, or JSON.</summary>
/// <param name="headers">Field and title, apart by <c>=</c>: what the first line of a table says.</param>
internal sealed class Listing(params string[] headers)
{
    /// <summary>Writes the rows.</summary>
    /// <param name="format">What was asked for; <see langword="null"/> or <c>table</c> is <paramref name="standard"/>.</param>
    /// <param name="standard">The format when none is asked for.</param>
    /// <param name="rows">The rows.</param>
    public void Write(string? format, string standard, IEnumerable<ITemplateObject> rows) => Output.Write(Format(format, standard, rows));

    /// <summary>The text of the rows.</summary>
    public string Format(string? format, string standard, IEnumerable<ITemplateObject> rows)
    {
        string text = format switch { null or "" or "table" => standard, "json" => "{{json .}}", _ => Unescape(format) };
        bool isTable = text.StartsWith("table", StringComparison.Ordinal);
        Template template = Template.Parse(isTable ? text["table".Length..].TrimStart(' ') : text);
        if (!isTable) return string.Concat(rows.Select(row => template.Execute(row) + "\n"));
        TextTable table = new();
        table.AddLine(template.Execute(Header()));
        foreach (ITemplateObject row in rows) table.AddLine(template.Execute(row));
        return table.ToString();
    }

    private Row Header()
    {
        Row row = new() { IsHeader = true };
        foreach (string header in headers)
        {
            int equals = header.IndexOf('=', StringComparison.Ordinal);
            row[header[..equals]] = header[(equals + 1)..];
        }
        return row;
    }

    /// <summary>A format from a shell has <c>\t</c> and <c>\n</c> as two characters.</summary>
    public static string Unescape(string format) => format.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
}
