using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary>An engine that docker's client of Debian talks to, in a cgroup of its own, with the image <c>busybox</c>.</summary>
internal sealed class DockerEngine
{
    private readonly EngineSandbox sandbox;
    private readonly Spawner spawner;
    private readonly string[] command;
    private readonly string socket;
    private int pid;

    /// <param name="sandbox">Where it runs.</param>
    /// <param name="spawner">Starts it.</param>
    /// <param name="name">Its name in results.</param>
    /// <param name="command">Its program and arguments.</param>
    /// <param name="socket">Where it listens.</param>
    public DockerEngine(EngineSandbox sandbox, Spawner spawner, string name, string[] command, string socket)
    {
        this.sandbox = sandbox;
        this.spawner = spawner;
        this.command = command;
        this.socket = socket;
        Name = name;
    }

    public string Name { get; }

    /// <summary>The cgroup of its containers.</summary>
    public string Containers => sandbox.Cgroup(Name) + "/c";

    /// <summary>Starts it and imports a root file system.</summary>
    public void Start(string tree)
    {
        Resume();
        Must("import", tree, "busybox:latest");
    }

    /// <summary>Starts it on what it has already.</summary>
    public void Resume()
    {
        sandbox.Enter(Name);
        pid = spawner.Start(new Command(command));
        EngineSandbox.Leave();
        Wait.Until($"{Name}: {spawner.TakeOutput()}", () => spawner.Run(Client("version")).Failures == 0);
    }

    /// <summary>Runs a command of the client that must succeed.</summary>
    public Ending Must(params string[] arguments)
    {
        Ending ending = spawner.Run(Client(arguments));
        string said = spawner.TakeOutput();
        return ending.Failures == 0 ? ending : throw new InvalidOperationException($"{Name}: docker {string.Join(' ', arguments)}: {said}");
    }

    /// <summary>The same, with what it writes thrown away.</summary>
    public Ending Quiet(params string[] arguments)
    {
        Ending ending = spawner.Run(new(["/bin/sh", "-c", "exec \"$@\" > /dev/null", "sh", .. Words(arguments)]));
        string said = spawner.TakeOutput();
        return ending.Failures == 0 ? ending : throw new InvalidOperationException($"{Name}: docker {string.Join(' ', arguments)}: {said}");
    }

    /// <summary>Ends it.</summary>
    public void Stop()
    {
        if (pid == 0) return;
        _ = Native.kill(pid, 15);
        Spawner.WaitFor(pid);
        pid = 0;
    }

    private Command Client(params string[] arguments) => new(Words(arguments));

    private string[] Words(string[] arguments) => ["/usr/bin/docker", "--host", "unix://" + socket, .. arguments];
}
