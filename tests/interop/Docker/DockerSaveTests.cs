namespace Keelson.Interop.Tests;

/// <summary>What dockerd 20.10 saves, keelsond loads and runs.</summary>
[Collection<DockerdCollection>]
public class DockerSaveTests(DockerdFixture docker)
{
    [DockerFact]
    public async Task A_saved_image_is_loaded_by_keelsond_with_its_name_and_identity_and_runs()
    {
        (await docker.CliAsync("run", "--name", "saved", "--network", "none", "busybox:test", "sh", "-c", "echo made > /etc/who; rm /etc/plain")).Succeeds();
        (await docker.CliAsync("commit", "-c", "CMD [\"cat\", \"/etc/who\"]", "saved", "team/made:1")).Succeeds();
        (await docker.CliAsync("rm", "saved")).Succeeds();
        (await docker.CliAsync("save", "-o", "/run/saved.tar", "team/made:1")).Succeeds();
        string id = (await docker.CliAsync("image", "inspect", "-f", "{{.Id}}", "team/made:1")).Succeeds().Text;
        string[] client = ["/usr/bin/docker", "--host", "unix:///run/keelson/docker.sock"];
        string path = $"PATH={Path.GetDirectoryName(Repository.PublishedShim)}:{Path.GetDirectoryName(Repository.PublishedRuntime)}:/usr/sbin:/usr/bin:/sbin:/bin";
        Daemon daemon = await Daemon.StartAsync(docker.Host, "keelsond", ["env", path, Repository.PublishedDaemon, "--root", "/run/keelson-root", "--state", "/run/keelson", "--bridge", "none"], [.. client, "version"]);

        CommandResult load = (await docker.Host.RunAsync([.. client, "load", "-i", "/run/saved.tar"])).Succeeds();

        Assert.Contains("Loaded image: team/made:1", load.Stdout, StringComparison.Ordinal);
        Assert.Equal(id, (await docker.Host.RunAsync([.. client, "image", "inspect", "-f", "{{.Id}}", "team/made:1"])).Succeeds().Text);
        Assert.Equal("made", (await docker.Host.RunAsync([.. client, "run", "--rm", "--network", "none", "team/made:1"])).Succeeds().Text);
        (await docker.Host.RunAsync([.. client, "run", "--rm", "--network", "none", "team/made:1", "cat", "/etc/plain"])).Exits(1);
        await daemon.EndAsync();
        (await docker.CliAsync("rmi", "team/made:1")).Succeeds();
    }
}
