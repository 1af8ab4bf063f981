using System.Globalization;
using System.Security;
using System.Text;

namespace Keelson.Cli.Commands.Networks;

/// <summary>A graph of networks as SVG: a bar for each network, a box for each container, and a line where one is in the other. SVG 1.1.</summary>
internal static class NetworkDrawing
{
    private const int BoxWidth = 190, BoxHeight = 44, Gap = 24, BarHeight = 30, Margin = 20, Row = 64;

    /// <summary>Draws it.</summary>
    public static string Draw(NetworkGraph graph)
    {
        string[] containers = [.. graph.Networks.SelectMany(network => network.Ends).Select(end => end.Container).Distinct().Order(StringComparer.Ordinal)];
        int width = 2 * Margin + Math.Max(1, containers.Length) * (BoxWidth + Gap), top = Margin + BoxHeight + Gap;
        int height = top + graph.Networks.Count * Row + Margin;
        StringBuilder svg = new();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        for (int i = 0; i < graph.Networks.Count; i++)
        {
            NetworkGraph.Network network = graph.Networks[i];
            int y = top + i * Row;
            foreach (NetworkGraph.End end in network.Ends)
            {
                int x = Left(containers, end.Container) + BoxWidth / 2 + (i - graph.Networks.Count / 2) * 6;
                Add(svg, $"<line x1=\"{x}\" y1=\"{Margin + BoxHeight}\" x2=\"{x}\" y2=\"{y}\" stroke=\"#607d8b\" stroke-width=\"2\"/>\n<text x=\"{x + 4}\" y=\"{y - 6}\" font-size=\"10\">{Text(string.Join(' ', end.Addresses))}</text>\n");
            }
            Add(svg, $"<rect x=\"{Margin}\" y=\"{y}\" width=\"{width - 2 * Margin}\" height=\"{BarHeight}\" rx=\"4\" fill=\"{(network.IsInternal ? "#ffe0b2" : "#bbdefb")}\"/>\n<text x=\"{Margin + 10}\" y=\"{y + 20}\">{Text(NetworkGraph.Title(network))}</text>\n");
        }
        foreach (string container in containers)
        {
            int x = Left(containers, container);
            string[] ports = [.. graph.Networks.SelectMany(network => network.Ends).Where(end => end.Container == container).SelectMany(end => end.Ports).Distinct()];
            Add(svg, $"<rect x=\"{x}\" y=\"{Margin}\" width=\"{BoxWidth}\" height=\"{BoxHeight}\" rx=\"4\" fill=\"#ffffff\" stroke=\"#263238\"/>\n<text x=\"{x + 8}\" y=\"{Margin + 18}\" font-weight=\"bold\">{Text(container)}</text>\n<text x=\"{x + 8}\" y=\"{Margin + 34}\" font-size=\"10\">{Text(string.Join(", ", ports))}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static int Left(string[] containers, string container) => Margin + Array.IndexOf(containers, container) * (BoxWidth + Gap);

    private static string Text(string text) => SecurityElement.Escape(text);

    private static void Add(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
