using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Keelson.Registry.Http;

/// <summary>The part of a blob that a request asks for. RFC 9110 section 14.</summary>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many.</param>
/// <param name="IsPart">Whether the answer is 206.</param>
internal readonly record struct ByteRange(long Offset, long Length, bool IsPart)
{
    /// <summary>Reads <c>Range</c> and <c>If-Range</c>. Several ranges, and what is no range of bytes, mean the whole.</summary>
    /// <exception cref="RegistryFault">RANGE_INVALID: it begins behind the end.</exception>
    public static ByteRange Of(HttpRequest request, long total, string etag)
    {
        ByteRange whole = new(0, total, false);
        string text = request.Headers.Range.ToString();
        if (text.Length == 0 || request.Headers.IfRange.ToString() is { Length: > 0 } condition && condition != etag) return whole;
        if (!RangeHeaderValue.TryParse(text, out RangeHeaderValue? range) || range.Unit != "bytes" || range.Ranges.Count != 1) return whole;
        RangeItemHeaderValue item = range.Ranges.First();
        long from = item.From ?? Math.Max(0, total - (item.To ?? 0));
        long to = item.From is null ? total - 1 : Math.Min(item.To ?? total - 1, total - 1);
        if (from >= total || item.From is null && item.To == 0)
            throw new RegistryFault(RegistryErrorCode.RangeInvalid, "the range is behind the end of the blob", text) { Headers = [new("Content-Range", $"bytes */{total}")] };
        return new(from, to - from + 1, true);
    }
}
