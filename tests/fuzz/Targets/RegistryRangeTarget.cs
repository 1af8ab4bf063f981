using System.Text;
using Keelson.Registry;
using Keelson.Registry.Http;
using Microsoft.AspNetCore.Http;

namespace Keelson.Fuzz.Targets;

/// <summary>Ranges of blobs and of chunks. What passes is within the blob, and no sum of it overflows.</summary>
internal sealed class RegistryRangeTarget : IFuzzTarget
{
    public string Name => "registry-range";

    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.Latin1.GetString(input);
        if (ContentRange.TryParse(text, out ContentRange chunk) && (chunk.From < 0 || chunk.Length < 0 || checked(chunk.From + chunk.Length) != chunk.To + 1)) throw new InvalidOperationException($"chunk {chunk}");
        foreach (long total in (long[])[0, 1, 100, long.MaxValue])
        {
            DefaultHttpContext http = new();
            http.Request.Headers.Range = text;
            try
            {
                ByteRange range = ByteRange.Of(http.Request, total, "\"e\"");
                if (range.Offset < 0 || range.Length < 0 || range.Length > total - range.Offset || !range.IsPart && range.Length != total) throw new InvalidOperationException($"{range} of {total}");
            }
            catch (RegistryFault)
            {
            }
        }
    }
}
