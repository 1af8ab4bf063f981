using System.Text;

namespace Keelson.Cli.Text;

/// <summary>Columns of text as docker's: at least ten characters wide, three blanks after the widest cell.</summary>
/// <param name="minimumWidth">The least width of a column with its gap.</param>
internal sealed class TextTable(int minimumWidth = 10)
{
    private const int Gap = 3;
    private static readonly string Blanks = new(' ', 64);
    private readonly List<string[]> rows = [];

    /// <summary>Adds a row whose cells are apart by tabs.</summary>
    public void AddLine(string line) => rows.Add(line.Split('\t'));

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    /// <summary>The rows, each with a line feed at its end. The last cell of a row is not padded and does not widen its column.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        Write(part => text.Append(part));
        return text.ToString();
    }

    /// <summary>Writes the rows to standard output.</summary>
    public void Print() => Write(Output.Write);

    private void Write(Action<ReadOnlySpan<char>> write)
    {
        int[] widths = new int[rows.Count == 0 ? 0 : rows.Max(row => row.Length)];
        foreach (string[] row in rows)
            for (int i = 0; i < row.Length - 1; i++)
                widths[i] = Math.Max(widths[i], Math.Max(minimumWidth, Width(row[i]) + Gap));
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length - 1; i++)
            {
                write(row[i]);
                for (int blanks = widths[i] - Width(row[i]); blanks > 0; blanks -= Blanks.Length) write(Blanks.AsSpan(0, Math.Min(blanks, Blanks.Length)));
            }
            write(row[^1]);
            write("\n");
        }
    }

    private static int Width(string cell)
    {
        int width = cell.Length;
        foreach (char c in cell)
            if (char.IsLowSurrogate(c))
                width--;
        return width;
    }
}
