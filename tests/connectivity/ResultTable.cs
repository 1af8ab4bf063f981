using System.Text;

[assembly: AssemblyFixture(typeof(Keelson.Connectivity.Tests.ResultTable))]

namespace Keelson.Connectivity.Tests;

/// <summary>What each engine answered in each case, side by side: <c>artifacts/test/connectivity.table</c>, which is also printed at the end.</summary>
public sealed class ResultTable : IDisposable
{
    private static readonly string[] Engines = ["dockerd", "keelsond"];
    private static readonly Lock Gate = new();
    private static readonly List<(string Topology, Step Step)> Cases = [];
    private static readonly Dictionary<(string Topology, string Case, string Engine), string> Answers = [];

    /// <summary>Notes an answer.</summary>
    internal static void Add(string topology, Step step, string engine, string answer)
    {
        lock (Gate)
        {
            if (!Cases.Exists(other => other.Topology == topology && other.Step.Name == step.Name)) Cases.Add((topology, step));
            Answers[(topology, step.Name, engine)] = answer;
        }
    }

    /// <summary>Writes and prints the table.</summary>
    public void Dispose()
    {
        StringBuilder table = new();
        lock (Gate)
        {
            if (Cases.Count == 0) return;
            table.AppendLine("| case | from | " + string.Join(" | ", Engines) + " | |").AppendLine("|---|---|---|---|---|");
            foreach ((string topology, Step step) in Cases.OrderBy(other => other.Topology, StringComparer.Ordinal))
            {
                string[] answers = [.. Engines.Select(engine => Answers.GetValueOrDefault((topology, step.Name, engine), "–"))];
                bool isRight = Engines.Zip(answers).All(pair => pair.Second is "–" || pair.Second == step.ExpectedOf(pair.First == "dockerd"));
                table.AppendLine($"| {topology}: {step.Name} | {step.From} | {string.Join(" | ", answers)} | {(isRight ? step.Why : "FAILS: expected " + step.Expected)} |");
            }
        }
        string folder = Path.Combine(Repository.Root, "artifacts/test");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "connectivity.table"), table.ToString());
        Console.WriteLine(table);
    }
}
