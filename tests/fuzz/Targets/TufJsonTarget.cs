using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Tuf;

namespace Keelson.Fuzz.Targets;

/// <summary>JSON of metadata, and its canonical form: however a tree is spelt, the form is the same.</summary>
internal sealed class TufJsonTarget : IFuzzTarget
{
    public string Name => "tuf-json";

    public void Run(ReadOnlySpan<byte> input)
    {
        JsonElement tree;
        try
        {
            tree = TufJson.Parse(input.ToArray());
        }
        catch (TufException)
        {
            return;
        }
        byte[] canonical = CanonicalJson.Write(tree);
        byte[] spelt = JsonSerializer.SerializeToUtf8Bytes(tree);
        if (!CanonicalJson.Write(TufJson.Parse(spelt)).AsSpan().SequenceEqual(canonical)) throw new InvalidOperationException("another form of the same tree");
        if (!JsonNode.DeepEquals(JsonNode.Parse(input), JsonNode.Parse(spelt))) throw new InvalidOperationException("another tree");
    }
}
