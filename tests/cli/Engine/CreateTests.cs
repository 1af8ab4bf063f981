using System.Text.Json.Nodes;

namespace Keelson.Cli.Tests;

/// <summary>The same options for keelson and for docker make the same container: what inspect tells of both differs in identities and times alone.</summary>
[Collection<EngineCollection>]
public class CreateTests(EngineUnderTest engine)
{
    [CliTheory]
    [InlineData("")]
    [InlineData("-it -e A=1 -e B= -w /tmp -u app:audio --hostname h --domainname d --entrypoint sh -l a=b -l c --stop-signal USR1 --stop-timeout 3")]
    [InlineData("-m 64m --memory-swap 128m --memory-reservation 32m --cpus 1.5 --pids-limit 50 --ulimit nofile=100:200 --ulimit core=0 --cpu-shares 512 --cpuset-cpus 0 --oom-score-adj 100")]
    [InlineData("--cap-add NET_ADMIN --cap-drop ALL --device /dev/null:/dev/x:rw --security-opt no-new-privileges --privileged --read-only --init --sysctl net.ipv4.ip_forward=1 --group-add 5")]
    [InlineData("-v createvolume:/v -v /etc:/e:ro -v /anonymous --tmpfs /t:size=1m --mount type=bind,src=/etc,dst=/m,readonly,bind-propagation=rslave --mount type=tmpfs,dst=/n,tmpfs-size=1m,tmpfs-mode=1700 --mount source=other,target=/o,volume-label=x=y")]
    [InlineData("-p 8080:80 -p 127.0.0.1:53:53/udp -p 7000-7002:7000-7002 -p 90 --expose 1000-1001 -P --add-host a:1.2.3.4 --dns 1.1.1.1 --dns-search example.org --dns-opt ndots:1 --mac-address 02:42:ac:11:00:99")]
    [InlineData("--restart on-failure:3 --log-driver json-file --log-opt max-size=1m --shm-size 1m --ipc private --pid host --uts host --cgroupns private --runtime runc --rm=false")]
    [InlineData("--health-cmd true --health-interval 5s --health-timeout 1m --health-retries 2 --health-start-period 100ms --network none -a stdout --blkio-weight 0 --kernel-memory 0 --volumes-from nothing:ro")]
    [InlineData("--no-healthcheck --network host --rm -i -a stdin -a stderr")]
    public async Task The_same_options_make_the_same_container(string options)
    {
        if (options.Contains("--volumes-from", StringComparison.Ordinal)) (await engine.KeelsonAsync("create", "--name", "nothing", EngineUnderTest.Image)).Succeeds();
        string[] arguments = [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), EngineUnderTest.Image, "echo", "a b"];
        string ours = (await engine.KeelsonAsync(["create", .. arguments])).Succeeds().Text, theirs = (await engine.DockerAsync(["create", .. arguments])).Succeeds().Text;
        JsonObject own = await InspectAsync(ours), other = await InspectAsync(theirs);
        (await engine.KeelsonAsync("rm", "--volumes", ours, theirs)).Succeeds();
        if (options.Contains("--volumes-from", StringComparison.Ordinal)) await engine.RemoveAsync("nothing");
        Assert.Equal(other.ToJsonString(), own.ToJsonString());
    }

    private async Task<JsonObject> InspectAsync(string id)
    {
        string text = (await engine.DockerAsync("inspect", id)).Succeeds().Stdout.Replace(id, "ID", StringComparison.Ordinal).Replace(id[..12], "SHORT", StringComparison.Ordinal);
        JsonObject container = JsonNode.Parse(text)![0]!.AsObject();
        foreach (string name in (string[])["Created", "Name", "GraphDriver"]) container.Remove(name);
        // A volume without a name has one that is random.
        foreach (JsonNode? mount in container["Mounts"]!.AsArray())
            if (mount!["Name"]?.GetValue<string>().Length == 64)
                (mount["Name"], mount["Source"]) = ("random", "random");
        // dockerd merges the variables of the image and those that were given in any order.
        container["Config"]!["Env"] = new JsonArray([.. container["Config"]!["Env"]!.AsArray().Select(variable => variable!.GetValue<string>()).Order(StringComparer.Ordinal).Select(variable => JsonValue.Create(variable))]);
        // docker's client keeps what -v gives in a map, and sends it in any order.
        if (container["HostConfig"]!["Binds"] is JsonArray binds) container["HostConfig"]!["Binds"] = new JsonArray([.. binds.Select(bind => bind!.GetValue<string>()).Order(StringComparer.Ordinal).Select(bind => JsonValue.Create(bind))]);
        if (container["HostConfig"]!["Ulimits"] is JsonArray limits) container["HostConfig"]!["Ulimits"] = Sorted(limits, "Name");
        container["Mounts"] = Sorted(container["Mounts"]!.AsArray(), "Destination");
        return container;
    }

    /// <summary>Neither program has an order in these lists.</summary>
    private static JsonArray Sorted(JsonArray list, string name) => [.. list.OrderBy(item => item![name]!.GetValue<string>(), StringComparer.Ordinal).Select(item => item!.DeepClone())];

    [CliFact]
    public async Task Variables_come_from_options_files_and_our_own_environment()
    {
        await engine.Host.WriteAsync("/run/variables", "# a comment\n\nONE=1 and more\nPASSED\nMISSING\n  TWO=\"2\"\n");
        CommandResult run = await engine.Host.RunAsync(new HostCommand(
            [EngineUnderTest.Program, "run", "--rm", "--network", "none", "--env-file", "/run/variables", "-e", "PASSED2", "-e", "MISSING2", "-e", "ONE=later", EngineUnderTest.Image, "env"])
        { Environment = new() { ["PASSED"] = "p", ["PASSED2"] = "q" } });
        Assert.Equal(["ONE=later", "PASSED2=q", "PASSED=p", "TWO=\"2\""], run.Succeeds().Lines.Where(line => !line.StartsWith("PATH", StringComparison.Ordinal) && !line.StartsWith("HO", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [CliFact]
    public async Task The_id_is_written_to_a_file_that_is_not_there_yet()
    {
        string file = $"/run/{engine.NewName()}.id";
        string id = (await engine.KeelsonAsync("create", "--cidfile", file, EngineUnderTest.Image)).Succeeds().Text;
        Assert.Equal(id, await File.ReadAllTextAsync(engine.Host.Root + file));
        (await engine.KeelsonAsync("create", "--cidfile", file, EngineUnderTest.Image)).FailsWith(1, file, "remove it first");
        await engine.RemoveAsync(id);
    }

    [CliFact]
    public async Task Limits_of_a_running_container_are_changed()
    {
        string name = await engine.StartIdleAsync("--memory", "64m");
        (await engine.KeelsonAsync("update", "--memory", "32m", "--memory-swap", "48m", "--pids-limit", "20", "--restart", "always", name)).Prints(name);
        (await engine.DockerAsync("inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}", name)).Prints("33554432 50331648 20 always");
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task A_container_goes_through_its_life()
    {
        string name = await engine.StartIdleAsync(), other = engine.NewName();
        (await engine.KeelsonAsync("pause", name)).Prints(name);
        (await engine.KeelsonAsync("ps", "--filter", "status=paused", "--format", "{{.Names}}")).Prints(name);
        (await engine.KeelsonAsync("unpause", name)).Prints(name);
        (await engine.KeelsonAsync("rename", name, other)).Prints("");
        (await engine.KeelsonAsync("restart", "--time", "0", other)).Prints(other);
        (await engine.KeelsonAsync("kill", "--signal", "KILL", other)).Prints(other);
        (await engine.KeelsonAsync("wait", other)).Prints("137");
        (await engine.KeelsonAsync("container", "prune", "--force", "--filter", "label=nowhere")).Prints("Total reclaimed space: 0B");
        (await engine.KeelsonAsync("rm", other)).Prints(other);
    }
}
