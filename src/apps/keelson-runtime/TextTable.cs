using System.Text;

namespace Keelson.RuntimeCli;

/// <summary>Columns of text, aligned as runC's are: at least 12 characters wide, three blanks after the widest cell.</summary>
internal sealed class TextTable
{
    private const int MinimumWidth = 12, Gap = 3;
    private readonly List<string[]> rows = [];

    /// <summary>Adds a row; all have the same number of cells.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    /// <summary>The rows, each with a line feed at its end. The last column is not padded.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int[] widths = new int[rows.Count == 0 ? 0 : rows[0].Length];
        foreach (string[] row in rows)
            for (int i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], Math.Max(MinimumWidth, row[i].Length + Gap));
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length - 1; i++) text.Append(row[i].PadRight(widths[i]));
            text.Append(row[^1]).Append('\n');
        }
        return text.ToString();
    }
}
