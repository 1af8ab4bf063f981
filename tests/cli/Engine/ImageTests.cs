namespace Keelson.Cli.Tests;

/// <summary>Images: archives, names, registries.</summary>
[Collection<EngineCollection>]
public class ImageTests(EngineUnderTest engine)
{
    [CliFact]
    public async Task Saved_images_are_loaded_again()
    {
        string name = engine.NewName() + ":v1", id;
        (await engine.KeelsonAsync("tag", EngineUnderTest.Image, name)).Succeeds();
        id = (await engine.KeelsonAsync("inspect", "-f", "{{.Id}}", name)).Succeeds().Text;
        (await engine.KeelsonAsync("save", "-o", "/run/saved.tar", name)).Prints("");
        (await engine.DockerAsync("save", "-o", "/run/saved-docker.tar", name)).Succeeds();
        (await engine.Host.RunAsync("cmp", "/run/saved.tar", "/run/saved-docker.tar")).Succeeds();
        (await engine.KeelsonAsync("rmi", name)).Prints("Untagged: " + name);
        (await engine.KeelsonAsync("load", "-i", "/run/saved.tar")).Prints("Loaded image: " + name);
        (await engine.KeelsonAsync("inspect", "-f", "{{.Id}}", name)).Prints(id);
        (await engine.KeelsonAsync("rmi", name)).Succeeds();
    }

    [CliFact]
    public async Task An_exported_root_is_imported_as_an_image()
    {
        string container = engine.NewName(), image = container + ":imported";
        (await engine.KeelsonAsync("create", "--name", container, EngineUnderTest.Image)).Succeeds();
        (await engine.Host.RunAsync("sh", "-c", $"{EngineUnderTest.Program} export {container} | {EngineUnderTest.Program} import -c 'CMD [\"echo\",\"imported\"]' -c 'ENV PATH=/bin' -m why - {image}")).Succeeds();
        (await engine.KeelsonAsync("run", "--rm", "--network", "none", image)).Prints("imported");
        (await engine.KeelsonAsync("history", "--format", "{{.Comment}}", image)).Prints("why");
        (await engine.KeelsonAsync("commit", "-a", "me", "-c", "LABEL a=b", container, container + ":committed")).Succeeds();
        (await engine.DockerAsync("inspect", "-f", "{{.Author}} {{.Config.Labels}}", container + ":committed")).Prints("me map[a:b]");
        (await engine.KeelsonAsync("rmi", image, container + ":committed")).Exits(0);
        await engine.RemoveAsync(container);
    }

    [CliFact]
    public async Task A_pushed_image_is_pulled_again_and_a_run_pulls_what_is_missing()
    {
        await engine.Host.WriteAsync("/run/registry.yml", "version: 0.1\nstorage: { filesystem: { rootdirectory: /run/registry } }\nhttp: { addr: '127.0.0.1:5000' }\n");
        Daemon registry = await Daemon.StartAsync(engine.Host, "registry", ["docker-registry", "serve", "/run/registry.yml"], ["curl", "--silent", "http://127.0.0.1:5000/v2/"]);
        const string Name = "127.0.0.1:5000/a/b:v1";
        (await engine.KeelsonAsync("tag", EngineUnderTest.Image, Name)).Succeeds();
        CommandResult pushed = (await engine.KeelsonAsync("push", Name)).Succeeds();
        Assert.Matches("v1: digest: sha256:[0-9a-f]{64} size: [0-9]+\n$", pushed.Stdout);
        (await engine.KeelsonAsync("rmi", Name)).Succeeds();
        CommandResult pulled = (await engine.KeelsonAsync("pull", Name)).Succeeds();
        (await engine.KeelsonAsync("rmi", Name)).Succeeds();
        CommandResult theirs = (await engine.DockerAsync("pull", Name)).Succeeds();
        Assert.Equal(theirs.Stdout, pulled.Stdout);
        (await engine.KeelsonAsync("rmi", Name)).Succeeds();
        CommandResult run = (await engine.KeelsonAsync("run", "--rm", "--network", "none", Name, "echo", "pulled")).Prints("pulled");
        Assert.StartsWith($"Unable to find image '{Name}' locally\nv1: Pulling from a/b\n", run.Stderr, StringComparison.Ordinal);
        (await engine.KeelsonAsync("pull", "-q", Name)).Prints(Name);
        (await engine.KeelsonAsync("pull", "127.0.0.1:5000/nowhere")).FailsWith(1, "keelson pull", "not found");
        (await engine.KeelsonAsync("rmi", Name)).Succeeds();
        await registry.EndAsync();
    }

    [CliFact]
    public async Task Volumes_and_networks_are_made_listed_and_removed()
    {
        string volume = engine.NewName(), network = engine.NewName();
        (await engine.KeelsonAsync("volume", "create", "--label", "a=b", volume)).Prints(volume);
        (await engine.DockerAsync("volume", "inspect", "-f", "{{.Name}} {{.Labels}} {{.Driver}}", volume)).Prints($"{volume} map[a:b] local");
        (await engine.KeelsonAsync("volume", "rm", volume)).Prints(volume);
        (await engine.KeelsonAsync("network", "create", "--subnet", "10.99.0.0/24", "--label", "a=b", network)).Succeeds();
        (await engine.DockerAsync("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}} {{.Labels}}", network)).Prints("10.99.0.0/24 map[a:b]");
        (await engine.KeelsonAsync("run", "--rm", "--network", network, "--ip", "10.99.0.9", "--network-alias", "me", EngineUnderTest.Image, "sh", "-c", "ip -4 addr show eth0 | grep -c 10.99.0.9")).Prints("1");
        (await engine.KeelsonAsync("network", "rm", network)).Prints(network);
    }
}
