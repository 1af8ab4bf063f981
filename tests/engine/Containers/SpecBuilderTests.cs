using System.Text;
using System.Text.Json.Nodes;
using Keelson.Engine.Containers;
using Keelson.Oci;

namespace Keelson.Engine.Tests.Containers;

/// <summary>The configuration of a container is the one that docker 20.10 makes of the same options.</summary>
public sealed class SpecBuilderTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => SpecCases.All.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Names))]
    public void Is_what_docker_makes(string name)
    {
        JsonNode docker = Normal(JsonNode.Parse(Resource(name + ".json"))!, name);
        JsonNode ours = Normal(JsonNode.Parse(RuntimeSpecWriter.ToUtf8(SpecCases.Build(name)))!, name);
        Assert.Equal(docker.ToJsonString(new() { WriteIndented = true }), ours.ToJsonString(new() { WriteIndented = true }));
    }

    [Theory, InlineData("plain"), InlineData("capsall")]
    public void Default_filter_is_dockers(string name)
    {
        SeccompProfile profile = SpecCases.Build(name).Linux!.Seccomp!;
        SortedSet<string> rules = new(StringComparer.Ordinal);
        foreach (SeccompRule rule in profile.Syscalls)
            foreach (string call in rule.Names)
                rules.Add($"{call}|{rule.Action}|{rule.ErrnoRet}|{string.Join(',', rule.Args.Select(argument => $"{argument.Index} {argument.Op} {argument.Value} {argument.ValueTwo}"))}");
        Assert.Equal(new SortedSet<string>(Resource($"seccomp-{name}.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal), rules);
        Assert.Equal(SeccompAction.SCMP_ACT_ERRNO, profile.DefaultAction);
    }

    [Fact]
    public void Every_configuration_is_valid()
    {
        foreach (string name in SpecCases.All.Keys)
            Assert.Empty(RuntimeSpecValidator.Validate(RuntimeSpecParser.Parse(RuntimeSpecWriter.ToUtf8(SpecCases.Build(name)))).Errors);
    }

    [Fact]
    public void A_mapped_user_namespace_has_its_identities()
    {
        HostSettings host = new() { UsernsMode = "remap:100000:65536" };
        ContainerInfo info = new(SpecCases.Id, "n") { Settings = new() { Cmd = ["true"] }, Host = host, State = new(), ImageId = "", Snapshotter = "", Directory = "/d" };
        LinuxSpec linux = SpecBuilder.Build(new() { Container = info, Machine = SpecCases.Machine }).Linux!;
        Assert.Equal([new IdMapping(0, 100000, 65536)], linux.UidMappings);
        Assert.Contains(linux.Namespaces, space => space.Type == NamespaceKind.User);
    }

    [Theory]
    [InlineData(true, false, null, "keelson-default")]
    [InlineData(true, false, "unconfined", "unconfined")]
    [InlineData(true, false, "mine", "mine")]
    [InlineData(true, false, "docker-default", "keelson-default")]
    [InlineData(true, true, null, "unconfined")]
    [InlineData(true, true, "docker-default", "keelson-default")]
    [InlineData(true, true, "mine", "mine")]
    [InlineData(false, false, null, null)]
    [InlineData(false, true, null, null)]
    [InlineData(false, false, "unconfined", null)]
    public void A_container_has_the_profile_of_AppArmor_that_it_names_or_the_default_one(bool hasAppArmor, bool isPrivileged, string? named, string? expected)
    {
        HostSettings host = new() { Privileged = isPrivileged, SecurityOpt = named is null ? [] : ["apparmor=" + named] };
        ContainerInfo info = new(SpecCases.Id, "n") { Settings = new() { Cmd = ["true"] }, Host = host, State = new(), ImageId = "", Snapshotter = "", Directory = "/d" };
        SpecInputs inputs = new() { Container = info, Machine = SpecCases.Machine with { HasAppArmor = hasAppArmor, AppArmorProfile = hasAppArmor ? "keelson-default" : null } };
        Assert.Equal(expected, SpecBuilder.Build(inputs).Process!.ApparmorProfile);
        // As with docker, more rights for an added process do not change it.
        Assert.Equal(expected, SpecBuilder.Process(inputs, new ExecOptions { Cmd = ["true"], Privileged = true }).ApparmorProfile);
    }

    [Fact]
    public void A_profile_of_dockers_form_holds_for_this_machine()
    {
        const string Profile = """
            { "defaultAction": "SCMP_ACT_ERRNO", "archMap": [ { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] }, { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": [] } ],
              "syscalls": [
                { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}, "excludes": {} },
                { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } },
                { "names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_CHROOT"] } },
                { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "excludes": { "caps": ["CAP_SYS_ADMIN"] } },
                { "names": ["arm_fadvise64_64"], "action": "SCMP_ACT_ALLOW", "includes": { "arches": ["arm", "arm64"] } },
                { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } },
                { "names": ["later"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "99.1" } } ] }
            """;
        SeccompProfile profile = DockerSeccomp.Parse(Profile, CapabilityChoice.Default, new(6, 1));
        Assert.Equal("read write chroot clone3 ptrace", string.Join(' ', profile.Syscalls.SelectMany(rule => rule.Names)));
        Assert.Equal([SeccompArchitecture.SCMP_ARCH_X86_64, SeccompArchitecture.SCMP_ARCH_X86], profile.Architectures);
    }

    [Theory, InlineData("{"), InlineData("[]"), InlineData("""{"defaultAction":"SCMP_ACT_MAYBE"}"""), InlineData("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ALLOW"}]}""")]
    public void A_broken_profile_is_refused(string profile) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => DockerSeccomp.Parse(profile, [], new(6, 1))).Kind);

    private static string Resource(string name)
    {
        using StreamReader reader = new(typeof(SpecBuilderTests).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Leaves out what is another machine's, and what two writers may say differently: zeros, and the order of mounts that do not lie in one another.</summary>
    private static JsonNode Normal(JsonNode spec, string name)
    {
        string text = spec.ToJsonString().Replace(SpecCases.Id, "@id@", StringComparison.Ordinal).Replace(SpecCases.Id[..12], "@short@", StringComparison.Ordinal).Replace(SpecCases.Other, "@other@", StringComparison.Ordinal);
        JsonObject root = JsonNode.Parse(text)!.AsObject();
        foreach (string key in (string[])["ociVersion", "hooks"]) root.Remove(key);
        root["root"]?.AsObject().Remove("path");
        if (root["root"] is JsonObject { Count: 0 }) root.Remove("root");
        JsonObject linux = root["linux"]!.AsObject();
        linux.Remove("seccomp");
        // docker keeps a named namespace for containers on the host's network; here they are simply not given one.
        if (name == "hostnet") linux["namespaces"] = new JsonArray([.. linux["namespaces"]!.AsArray().Where(space => (string?)space!["type"] != "network").Select(space => space!.DeepClone())]);
        root["mounts"] = new JsonObject(root["mounts"]!.AsArray().OrderBy(mount => (string?)mount!["destination"], StringComparer.Ordinal).Select(mount => KeyValuePair.Create((string)mount!["destination"]!, (JsonNode?)mount.DeepClone())));
        // The letters of an access are a set.
        foreach (JsonNode? rule in linux["resources"]?["devices"]?.AsArray() ?? []) rule!["access"] = string.Concat(((string)rule["access"]!).Order());
        return Sorted(root)!;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Where(pair => pair.Value is not JsonObject { Count: 0 }).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
