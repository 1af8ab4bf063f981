using System.Text;
using Keelson.Oci;

namespace Keelson.Registry.Tests;

/// <summary>A manifest or an index.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record Document(string MediaType, byte[] Bytes)
{
    public Document(string mediaType, string text) : this(mediaType, Encoding.UTF8.GetBytes(text))
    {
    }

    public string Digest { get; } = Oci.Digest.Of(Bytes).ToString();

    /// <summary>Refers to it, as JSON.</summary>
    public string Descriptor => $$"""{"mediaType":"{{MediaType}}","digest":"{{Digest}}","size":{{Bytes.Length}}}""";

    /// <summary>An OCI manifest.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="more">More members, with a comma before them.</param>
    public static Document Image(Blob config, IEnumerable<Blob> layers, string more = "") => new(MediaTypes.OciManifest, $$"""
        {
          "schemaVersion": 2, "mediaType": "{{MediaTypes.OciManifest}}",
          "config": {{config.Descriptor(MediaTypes.OciConfig)}},
          "layers": [{{string.Join(',', layers.Select(layer => layer.Descriptor()))}}]{{more}}
        }
        """);

    /// <summary>The same for docker: schema 2.</summary>
    public static Document DockerImage(Blob config, params IEnumerable<Blob> layers) => new(MediaTypes.DockerManifest, $$"""
        {
          "schemaVersion": 2, "mediaType": "{{MediaTypes.DockerManifest}}",
          "config": {{config.Descriptor(MediaTypes.DockerConfig)}},
          "layers": [{{string.Join(',', layers.Select(layer => layer.Descriptor(MediaTypes.DockerLayerGzip)))}}]
        }
        """);

    /// <summary>An OCI index, or docker's list of manifests: each is for an architecture of its own, the first for amd64.</summary>
    public static Document Index(string mediaType, params IReadOnlyList<Document> manifests)
    {
        string[] architectures = ["amd64", "arm64", "s390x", "ppc64le"];
        IEnumerable<string> children = manifests.Select((manifest, i) => manifest.Descriptor[..^1] + $$""","platform":{"os":"linux","architecture":"{{architectures[i]}}"} }""");
        return new(mediaType, $$"""{"schemaVersion":2,"mediaType":"{{mediaType}}","manifests":[{{string.Join(',', children)}}]}""");
    }

    /// <summary>What is about another document.</summary>
    /// <param name="subject">What it is about.</param>
    /// <param name="artifactType">Of which type it is.</param>
    /// <param name="annotation">Value of the annotation <c>org.example.a</c>.</param>
    public static Document About(Document subject, string artifactType, string annotation = "a") => new(MediaTypes.OciManifest, $$"""
        {
          "schemaVersion": 2, "mediaType": "{{MediaTypes.OciManifest}}", "artifactType": "{{artifactType}}",
          "config": {{Empty.Descriptor(MediaTypes.OciEmpty)}}, "layers": [{{Empty.Descriptor(MediaTypes.OciEmpty)}}],
          "subject": {{subject.Descriptor}}, "annotations": { "org.example.a": "{{annotation}}"
          }
        }
        """);

    /// <summary>The two bytes <c>{}</c>.</summary>
    public static Blob Empty { get; } = new("{}");
}
