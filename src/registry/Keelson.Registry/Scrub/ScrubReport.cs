using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Keelson.Registry.Scrub;

/// <summary>What looking a store through has found.</summary>
public sealed record ScrubReport
{
    /// <summary>Most findings that are listed; the others are counted. A store whose disk is gone has as many as it has files.</summary>
    public const int FindingLimit = 10_000;

    /// <summary>How many pieces of content were read.</summary>
    public long Contents { get; internal set; }

    /// <summary>How long they were together.</summary>
    public long Bytes { get; internal set; }

    /// <summary>How many repositories were looked at.</summary>
    public int Repositories { get; internal set; }

    /// <summary>How many manifests.</summary>
    public int Manifests { get; internal set; }

    /// <summary>How many tags.</summary>
    public int Tags { get; internal set; }

    /// <summary>How many things are wrong.</summary>
    public long FaultCount { get; private set; }

    /// <summary>How many of these were repaired.</summary>
    public long RepairedCount { get; private set; }

    /// <summary>The first <see cref="FindingLimit"/> of them.</summary>
    public IReadOnlyList<ScrubFinding> Findings => findings;

    private readonly List<ScrubFinding> findings = [];

    internal void Add(ScrubFinding finding)
    {
        FaultCount++;
        if (finding.IsRepaired) RepairedCount++;
        if (findings.Count < FindingLimit) findings.Add(finding);
    }

    /// <summary>A line for each finding, and one for all.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        foreach (ScrubFinding finding in Findings) text.Append(finding.Message).Append(finding.IsRepaired ? ": repaired\n" : "\n");
        if (FaultCount > Findings.Count) text.Append(CultureInfo.InvariantCulture, $"and {FaultCount - Findings.Count} more\n");
        text.Append(CultureInfo.InvariantCulture, $"{Contents} pieces of content, {Bytes} bytes, {Repositories} repositories, {Manifests} manifests, {Tags} tags: {FaultCount} faults, {RepairedCount} repaired\n");
        return text.ToString();
    }

    /// <summary>The same as JSON: <c>{"contents":…,"bytes":…,"repositories":…,"manifests":…,"tags":…,"faults":…,"repaired":…,"findings":[{"fault","repository","tag","digest","message","repaired"}]}</c>.</summary>
    public byte[] ToJson()
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter writer = new(body, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("contents"u8, Contents);
            writer.WriteNumber("bytes"u8, Bytes);
            writer.WriteNumber("repositories"u8, Repositories);
            writer.WriteNumber("manifests"u8, Manifests);
            writer.WriteNumber("tags"u8, Tags);
            writer.WriteNumber("faults"u8, FaultCount);
            writer.WriteNumber("repaired"u8, RepairedCount);
            writer.WriteStartArray("findings"u8);
            foreach (ScrubFinding finding in Findings)
            {
                writer.WriteStartObject();
                writer.WriteString("fault"u8, Name(finding.Fault));
                if (finding.Repository is { } repository) writer.WriteString("repository"u8, repository);
                if (finding.Tag is { } tag) writer.WriteString("tag"u8, tag);
                if (finding.Digest is { } digest) writer.WriteString("digest"u8, digest.ToString());
                writer.WriteString("message"u8, finding.Message);
                writer.WriteBoolean("repaired"u8, finding.IsRepaired);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return body.WrittenSpan.ToArray();
    }

    private static string Name(ScrubFault fault) => fault switch
    {
        ScrubFault.DamagedContent => "damagedContent",
        ScrubFault.BrokenLink => "brokenLink",
        ScrubFault.DeadBlob => "deadBlob",
        ScrubFault.DeadManifest => "deadManifest",
        ScrubFault.DeadTag => "deadTag",
        ScrubFault.MissingPart => "missingPart",
        _ => "wrongSize",
    };
}
