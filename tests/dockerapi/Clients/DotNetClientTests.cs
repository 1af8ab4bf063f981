using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>Docker.DotNet, and Testcontainers on top of it.</summary>
public sealed class DotNetClientTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    [ClientFact]
    public async Task Docker_DotNet_runs_looks_and_removes()
    {
        using DockerClient client = new DockerClientBuilder().WithEndpoint(new(daemon.Host)).Build();
        Assert.Equal("1.41", (await client.System.GetVersionAsync()).APIVersion);
        Assert.Contains(await client.Images.ListImagesAsync(new()), image => image.RepoTags.Contains("busybox:latest"));
        string name = daemon.NewName();
        CreateContainerResponse made = await client.Containers.CreateContainerAsync(new()
        {
            Image = "busybox", Name = name, Cmd = ["sh", "-c", "echo logged; exec sleep 1000"], Labels = new Dictionary<string, string> { ["who"] = name },
            HostConfig = new() { NetworkMode = "none", Memory = 64 << 20 },
        });
        Assert.True(await client.Containers.StartContainerAsync(made.ID, new()));
        ContainerInspectResponse inspected = await client.Containers.InspectContainerAsync(made.ID);
        Assert.Equal(("/" + name, true, 64L << 20), (inspected.Name, inspected.State!.Running, inspected.HostConfig!.Memory));
        ContainerExecCreateResponse exec = await client.Exec.CreateContainerExecAsync(made.ID, new() { Cmd = ["sh", "-c", "cat; echo e >&2; exit 5"], AttachStdin = true, AttachStdout = true, AttachStderr = true });
        using (MultiplexedStream stream = await client.Exec.StartContainerExecAsync(exec.ID, new() { Detach = false }))
        {
            byte[] input = Encoding.UTF8.GetBytes("through");
            await stream.WriteAsync(input, 0, input.Length, default);
            stream.CloseWrite();
            Assert.Equal(("through", "e\n"), await stream.ReadOutputToEndAsync(default));
        }
        Assert.Equal(5, (await client.Exec.InspectContainerExecAsync(exec.ID)).ExitCode);
        VolumeResponse volume = await client.Volumes.CreateAsync(new() { Name = name });
        Assert.Equal((name, "local"), (volume.Name, volume.Driver));
        await client.Volumes.RemoveAsync(name);
        NetworksCreateResponse network = await client.Networks.CreateNetworkAsync(new() { Name = name });
        Assert.Equal(name, (await client.Networks.InspectNetworkAsync(network.ID)).Name);
        await client.Networks.DeleteNetworkAsync(network.ID);
        await client.Containers.StopContainerAsync(made.ID, new() { WaitBeforeKillSeconds = 0 });
        Assert.Equal(137, (await client.Containers.WaitContainerAsync(made.ID)).StatusCode);
        await client.Containers.RemoveContainerAsync(made.ID, new());
        await Assert.ThrowsAsync<DockerContainerNotFoundException>(() => client.Containers.InspectContainerAsync(made.ID));
    }

    [ClientFact]
    public async Task Testcontainers_starts_waits_copies_and_cleans_up()
    {
        // It takes 1.44 for granted, and looks here once.
        Environment.SetEnvironmentVariable("DOCKER_API_VERSION", "1.41");
        TestcontainersSettings.ResourceReaperEnabled = false;
        IContainer container = new ContainerBuilder("busybox:latest").WithDockerEndpoint(daemon.Host).WithCommand("sh", "-c", "cat /etc/given; echo ready; exec sleep 1000")
            .WithEnvironment("A", "b").WithResourceMapping("brought\n"u8.ToArray(), "/etc/given").WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged("ready")).Build();
        string id;
        await using (container)
        {
            await container.StartAsync();
            id = container.Id;
            Assert.Equal(TestcontainersStates.Running, container.State);
            Assert.Contains("brought", (await container.GetLogsAsync()).Stdout, StringComparison.Ordinal);
            ExecResult result = await container.ExecAsync(["sh", "-c", "echo $A; exit 6"]);
            Assert.Equal((6L, "b\n"), (result.ExitCode, result.Stdout));
            Assert.Equal("brought\n", Encoding.UTF8.GetString(await container.ReadFileAsync("/etc/given")));
        }
        Assert.DoesNotContain(id[..12], daemon.Docker(DaemonWithClients.Clients[0], "ps", "-aq").Lines);
    }
}
