using System.Text;
using System.Text.Json;

namespace Keelson.Registry.Tests;

/// <summary>What a registry answered.</summary>
/// <param name="Request">Method and target, for messages.</param>
/// <param name="Status">The status code.</param>
/// <param name="Headers">All headers; those that came twice are joined by commas.</param>
/// <param name="Body">The body.</param>
public sealed record Answer(string Request, int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Whether the body was as long as the registry had said.</summary>
    public bool IsWhole { get; init; } = true;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as JSON.</summary>
    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
    }

    /// <summary>The codes of the errors in the body.</summary>
    public string[] Codes => [.. Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("code").GetString()!)];

    /// <summary>A header; <see langword="null"/> when there is none.</summary>
    public string? this[string header] => Headers.GetValueOrDefault(header);

    /// <summary>Where the header <c>Link</c> leads on to.</summary>
    /// <remarks>RFC 8288: <c>&lt;/v2/…&gt;; rel="next"</c>; distribution-spec 1.1 end-8b.</remarks>
    public string Next(string address)
    {
        string link = this["Link"] ?? throw new InvalidOperationException($"no Link: {this}");
        Assert.StartsWith("<", link, StringComparison.Ordinal);
        string target = link[1..link.IndexOf('>', StringComparison.Ordinal)];
        return target.StartsWith('/') ? address + target : target;
    }

    /// <summary>Fails the test unless the status is one of these and the body is whole.</summary>
    public Answer Is(params IReadOnlyList<int> statuses)
    {
        Assert.True(statuses.Contains(Status) && IsWhole, $"expected {string.Join(" or ", statuses)}: {this}");
        return this;
    }

    /// <summary>Fails the test unless this is an error of one of these codes, told in the form of the specification.</summary>
    /// <remarks>distribution-spec 1.1 "Error Codes".</remarks>
    public Answer Fails(int status, params IReadOnlyList<string> codes)
    {
        Is(status);
        Assert.True(this["Content-Type"]?.StartsWith("application/json", StringComparison.Ordinal), $"expected JSON: {this}");
        Assert.True(codes.Count == 0 || Codes.Any(codes.Contains), $"expected {string.Join(" or ", codes)}: {this}");
        return this;
    }

    public override string ToString() =>
        $"{Request}\n{Status}{(IsWhole ? "" : " and a body that is too short")}\n{string.Join('\n', Headers.Select(header => $"{header.Key}: {header.Value}"))}\n\n{Text[..Math.Min(Text.Length, 1000)]}";
}
