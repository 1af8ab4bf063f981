using CsCheck;
using Keelson.Oci;

namespace Keelson.Content.Tests;

/// <summary>Random graphs of content, images, leases and snapshots; a plain search says what has to stay.</summary>
public sealed class GarbageModelTests : StoreTest
{
    private const int Nodes = 12;

    /// <summary>What a graph is made of: edges and back edges between contents, roots, what images and leases hold, which leases are flat or expired.</summary>
    private sealed record Graph((int From, int To)[] References, (int From, int To)[] BackReferences, int[] Roots, int[] Images, (int Node, bool IsFlat, bool IsExpired)[] Leases);

    private static readonly Gen<int> Node = Gen.Int[0, Nodes - 1];

    private static readonly Gen<Graph> Graphs = Gen.Select(Gen.Select(Node, Node).Array[0, 14], Gen.Select(Node, Node).Array[0, 4], Node.Array[0, 2], Node.Array[0, 3],
        Gen.Select(Node, Gen.Bool, Gen.Bool).Array[0, 3], (references, back, roots, images, leases) => new Graph(references, back, roots, images, leases));

    [Fact]
    public async Task What_stays_is_what_a_plain_search_finds()
    {
        int spaces = 0;
        await Graphs.SampleAsync(async graph =>
        {
            string space = $"n{Interlocked.Increment(ref spaces)}";
            await BuildAsync(space, graph);
            await Database.Collector.CollectAsync();
            Digest[] kept = [.. Database.Content(space).List().Select(info => info.Digest)];
            Assert.Equal(Expected(graph).Select(node => DigestOf(space, node).ToString()).Order(StringComparer.Ordinal), kept.Select(digest => digest.ToString()));
        }, iter: 150, threads: 1);
    }

    private static HashSet<int> Expected(Graph graph)
    {
        HashSet<int> reached = [];
        void Search(int node)
        {
            if (!reached.Add(node)) return;
            foreach ((int from, int to) in graph.References)
                if (from == node) Search(to);
            foreach ((int from, int to) in graph.BackReferences)
                if (to == node) Search(from);
        }
        foreach (int node in graph.Roots.Concat(graph.Images)) Search(node);
        foreach ((int node, bool isFlat, bool isExpired) in graph.Leases)
            if (!isFlat && !isExpired) Search(node);
        foreach ((int node, bool isFlat, bool isExpired) in graph.Leases)
            if (isFlat && !isExpired) reached.Add(node);
        return reached;
    }

    private async Task BuildAsync(string space, Graph graph)
    {
        // A root keeps the contents from being collected while the graph is built.
        for (int node = 0; node < Nodes; node++) await PutAsync(BytesOf(space, node), LabelSet.Of((ControlLabels.GcRoot, "")), space);
        for (int i = 0; i < graph.Images.Length; i++)
            await Database.Images(space).CreateAsync(new($"image{i}", new("t", DigestOf(space, graph.Images[i]), 1)));
        for (int i = 0; i < graph.Leases.Length; i++)
        {
            List<KeyValuePair<string, string>> labels = [];
            if (graph.Leases[i].IsFlat) labels.Add(new(ControlLabels.GcFlat, ""));
            if (graph.Leases[i].IsExpired) labels.Add(new(ControlLabels.GcExpire, "2020-01-01T00:00:00Z"));
            await Database.Leases(space).CreateAsync($"lease{i}", LabelSet.From(labels));
            await Database.Leases(space).AddResourceAsync($"lease{i}", new(DigestOf(space, graph.Leases[i].Node).ToString(), "content"));
        }
        for (int node = 0; node < Nodes; node++)
        {
            List<KeyValuePair<string, string>> labels = [];
            if (graph.Roots.Contains(node)) labels.Add(new(ControlLabels.GcRoot, ""));
            foreach ((int from, int to) in graph.References)
                if (from == node) labels.Add(new($"containerd.io/gc.ref.content.{to}", DigestOf(space, to).ToString()));
            foreach ((int from, int to) in graph.BackReferences)
                if (from == node) labels.Add(new($"containerd.io/gc.bref.content.{to}", DigestOf(space, to).ToString()));
            await Database.Content(space).UpdateAsync(new(DigestOf(space, node), 0) { Labels = LabelSet.From(labels) });
        }
    }

    private static byte[] BytesOf(string space, int node) => System.Text.Encoding.UTF8.GetBytes($"{space} {node}");

    private static Digest DigestOf(string space, int node) => Digest.Of(BytesOf(space, node));
}
