using System.Text.Json.Nodes;

namespace Keelson.Oci.Tests;

public class SpecTemplateTests
{
    /// <summary>Paths that runC masks since 1.2 and 1.3, and that the one in Debian does not.</summary>
    private static readonly string[] NewerMaskedPaths = ["/proc/interrupts", "/sys/devices/virtual/powercap"];

    [Fact]
    public void Both_templates_are_valid_without_warnings()
    {
        foreach (RuntimeSpec spec in new[] { SpecTemplate.Create(), SpecTemplate.CreateRootless(1000, 1001) })
        {
            SpecFindings found = RuntimeSpecValidator.Validate(spec);
            Assert.Empty(found.Errors);
            Assert.Empty(found.Warnings);
            Model.AssertEqual(spec, RuntimeSpecParser.Parse(RuntimeSpecWriter.ToUtf8(spec)));
        }
    }

    [RuncFact]
    public void The_template_is_what_runC_prints() => AssertSameAsRunc(SpecTemplate.Create(), "spec");

    [RuncFact]
    public void The_template_for_users_is_what_runC_prints() => AssertSameAsRunc(SpecTemplate.CreateRootless(Id("-u"), Id("-g")), "spec", "--rootless");

    [Fact]
    public void The_template_for_users_maps_the_user_to_root()
    {
        LinuxSpec linux = SpecTemplate.CreateRootless(1000, 1001).Linux!;
        Assert.Equal(new(0, 1000, 1), Assert.Single(linux.UidMappings));
        Assert.Equal(new(0, 1001, 1), Assert.Single(linux.GidMappings));
    }

    private static void AssertSameAsRunc(RuntimeSpec ours, params string[] arguments)
    {
        string directory = Directory.CreateTempSubdirectory("keelson-spec-").FullName;
        try
        {
            ChildProcess.Run(["runc", .. arguments, "--bundle", directory]).Succeeds();
            JsonNode expected = JsonNode.Parse(File.ReadAllText(directory + "/config.json"))!;
            JsonNode actual = JsonNode.Parse(RuntimeSpecWriter.ToUtf8(ours))!;
            Assert.Equal(NewerMaskedPaths, Masked(actual).Except(Masked(expected)));
            foreach (JsonNode spec in new[] { expected, actual })
            {
                // What is meant to differ.
                spec["ociVersion"] = "";
                spec["hostname"] = "";
                spec["linux"]!["maskedPaths"] = new JsonArray([.. Masked(spec).Except(NewerMaskedPaths).Select(path => JsonValue.Create(path))]);
            }
            Assert.True(JsonNode.DeepEquals(expected, actual), $"expected {expected.ToJsonString()}\nis {actual.ToJsonString()}");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IEnumerable<string> Masked(JsonNode spec) => spec["linux"]!["maskedPaths"]!.AsArray().Select(path => path!.GetValue<string>());

    private static uint Id(string option) => uint.Parse(ChildProcess.Run(["id", option]).Succeeds().Text);
}
