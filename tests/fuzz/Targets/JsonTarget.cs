using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary>Any JSON as a property that is not known: it is passed over when the framework takes it for JSON, and refused when not.</summary>
internal sealed class JsonTarget : IFuzzTarget
{
    public string Name => "json";

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] document = [.. "{\"ociVersion\":\"1.3.0\",\"unknown\":"u8, .. input, .. "}"u8];
        bool isAccepted = IsAccepted(document);
        // One level is the document's own. An input may also end it and go on with properties that are known and wrong.
        if (!isAccepted && IsJson(input, DocumentLimits.MaxDepth - 1)) throw new InvalidOperationException("JSON was refused");
        if (isAccepted && !IsJson(document, DocumentLimits.MaxDepth)) throw new InvalidOperationException("something else than JSON was accepted");
    }

    private static bool IsAccepted(byte[] document)
    {
        try
        {
            RuntimeSpecParser.Parse(document);
            return true;
        }
        catch (OciFormatException)
        {
            return false;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> text, int maxDepth)
    {
        try
        {
            Utf8JsonReader reader = new(text, new JsonReaderOptions { MaxDepth = maxDepth });
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
