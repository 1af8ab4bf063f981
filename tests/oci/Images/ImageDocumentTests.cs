using System.Text;

namespace Keelson.Oci.Tests;

public sealed class ImageDocumentTests
{
    private const string One = """{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}""";
    private const string Manifest = $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{One}},"layers":[{{One}}]}""";

    [Fact]
    public void A_manifest_is_read_and_written_as_it_was() => Assert.Equal(Manifest, Encoding.UTF8.GetString(ImageManifest.Parse(Encoding.UTF8.GetBytes(Manifest)).ToUtf8()));

    [Theory]
    [InlineData($$"""{"schemaVersion":2,"manifests":[{{One}}],"layers":[],"config":{{One}}}""", "both an index and a manifest")]
    [InlineData($$"""{"schemaVersion":2,"manifests":[{{One}}],"config":{{One}}}""", "both an index and a manifest")]
    [InlineData($$"""{"schemaVersion":2,"manifests":[],"layers":null}""", "both an index and a manifest")]
    [InlineData($$"""{"schemaVersion":2,"manifests":[{{One}}],"Layers":[]}""", "is written 'Layers'")]
    [InlineData($$"""{"schemaVersion":2,"manifests":[{{One}}],"manifests":[]}""", "appears twice")]
    [InlineData($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":{{One}},"layers":[]}""", "contradicts the content")]
    [InlineData($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}""", "contradicts the content")]
    [InlineData($$"""{"schemaVersion":2,"mediaType":"text/html","manifests":[]}""", "contradicts the content")]
    [InlineData("""{"schemaVersion":2}""", "neither manifests nor layers")]
    [InlineData("""{"schemaVersion":3,"manifests":[]}""", "is not 2")]
    [InlineData("[]", "is not an object")]
    [InlineData("{", "is not valid")]
    [InlineData("", "is not valid")]
    public void An_ambiguous_or_contradictory_document_is_refused(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<OciFormatException>(() => ImageDocument.Identify(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_manifest_that_came_as_an_index_is_refused()
    {
        Assert.Throws<OciFormatException>(() => ImageDocument.Identify(Encoding.UTF8.GetBytes(Manifest), MediaTypes.OciIndex));
        Assert.Throws<OciFormatException>(() => ImageDocument.Identify(Encoding.UTF8.GetBytes(Manifest), MediaTypes.DockerManifest));
        Assert.Throws<OciFormatException>(() => ImageIndex.Parse(Encoding.UTF8.GetBytes(Manifest)));
        Assert.Equal(ImageDocumentKind.Manifest, ImageDocument.Identify(Encoding.UTF8.GetBytes(Manifest), "application/json"));
    }

    [Fact]
    public void A_manifest_of_schema_1_is_said_to_be_unsupported() =>
        Assert.Equal(ErrorKind.Unsupported, Assert.Throws<KeelsonException>(() => ImageDocument.Identify("""{"schemaVersion":1,"fsLayers":[]}"""u8)).Kind);

    [Theory]
    [InlineData("\"size\":0", "\"size\":-1", "negative")]
    [InlineData("\"size\":0", "\"size\":\"0\"", "size")]
    [InlineData("\"size\":0", "\"other\":0", "size")]
    [InlineData("sha256:e3b0", "sha256:E3B0", "digest")]
    [InlineData("\"digest\":", "\"digest\":null,\"x\":", "digest")]
    public void A_descriptor_that_is_wrong_is_refused_with_its_place(string old, string now, string problem)
    {
        byte[] text = Encoding.UTF8.GetBytes(Manifest.Replace(old, now, StringComparison.Ordinal));
        Assert.Contains(problem, Assert.Throws<OciFormatException>(() => ImageManifest.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_over_4_MiB_is_refused_and_deep_nesting_too()
    {
        Assert.Contains("larger", Assert.Throws<OciFormatException>(() => ImageDocument.Identify(new byte[DocumentLimits.MaxBytes + 1])).Message, StringComparison.Ordinal);
        string deep = """{"schemaVersion":2,"manifests":[],"x":""" + new string('[', 1000) + new string(']', 1000) + "}";
        Assert.Throws<OciFormatException>(() => ImageDocument.Identify(Encoding.UTF8.GetBytes(deep)));
    }

    [Fact]
    public void Unknown_properties_are_passed_over()
    {
        byte[] text = Encoding.UTF8.GetBytes(Manifest.Replace("\"schemaVersion\"", "\"x\":{\"manifests\":[]},\"schemaVersion\"", StringComparison.Ordinal));
        Assert.Single(ImageManifest.Parse(text).Layers);
    }

    [Fact]
    public void The_data_of_a_descriptor_is_checked()
    {
        Descriptor right = new() { MediaType = MediaTypes.OciEmpty, Digest = Digest.Of("{}"u8), Size = 2, Data = [.. "{}"u8] };
        Assert.Equal("{}"u8.ToArray(), right.VerifiedData());
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => (right with { Data = [.. "[]"u8] }).VerifiedData()).Kind);
    }

    [Fact]
    public void A_configuration_of_docker_is_read_with_all_its_fields()
    {
        ImageConfig config = ImageConfig.Parse("""
            {"architecture":"amd64","os":"linux","created":"2023-05-19T20:20:45.123456789Z","docker_version":"20.10","container":"x","container_config":{"Hostname":"x"},
             "config":{"Hostname":"","User":"app","ExposedPorts":{"80/tcp":{}},"Env":["PATH=/bin"],"Cmd":["sh"],"Entrypoint":null,"Volumes":{"/data":{}},
              "Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":30000000000,"Retries":3},"OnBuild":["RUN x"],"Shell":["/bin/bash","-c"],"StopSignal":"SIGQUIT","StopTimeout":5},
             "rootfs":{"type":"layers","diff_ids":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
             "history":[{"created":"2023-05-19T20:20:45Z","created_by":"/bin/sh -c #(nop) CMD","empty_layer":true}]}
            """u8);
        Assert.Equal(("app", 30_000_000_000, 3, "RUN x", 5), (config.Config!.User, config.Config.Healthcheck!.IntervalNanoseconds, config.Config.Healthcheck.Retries,
            config.Config.OnBuild![0], config.Config.StopTimeoutSeconds!.Value));
        Assert.Equal((true, 1, "linux/amd64", 2023), (config.History![0].IsEmptyLayer, config.Rootfs!.DiffIds.Count, config.Platform.ToString(), config.Created!.Value.Year));
        Assert.Equal(config.ToUtf8(), ImageConfig.Parse(config.ToUtf8()).ToUtf8());
    }
}
