using System.Text.Json;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Tests.Authorization;

/// <summary>A plug-in for authorization that is none of ours: a program in Python, with rules that a test gives it.</summary>
internal sealed class PluginProcess : IDisposable
{
    private readonly string folder = TestDirectory.Make("authz");
    private ChildProcess? process;

    public PluginProcess(string name = "guard")
    {
        Name = name;
        Rule("{}");
        Start();
    }

    public string Name { get; }

    /// <summary>Where the engine finds it.</summary>
    public string Folder => folder;

    /// <summary>What it was asked, oldest first.</summary>
    public JsonElement[] Notes => File.Exists(folder + "/notes") ? [.. File.ReadAllLines(folder + "/notes").Select(line => JsonDocument.Parse(line).RootElement)] : [];

    /// <summary>Gives it other rules.</summary>
    public void Rule(string json)
    {
        File.WriteAllText(folder + "/rules.new", json);
        File.Move(folder + "/rules.new", folder + "/rules", overwrite: true);
    }

    public void Forget() => File.Delete(folder + "/notes");

    public void Start()
    {
        process = ChildProcess.Start(["/usr/bin/python3", Path.Combine(Repository.Root, "tests/dockerapi/Authorization/authz-plugin.py"), $"{folder}/{Name}.sock", folder + "/notes", folder + "/rules"]);
        Condition.Await("the plug-in listens: " + process.Stderr, () =>
        {
            if (Sockets.TryConnect($"{folder}/{Name}.sock", out Linux.FdHandle? connection) != Linux.Errno.None) return false;
            connection!.Dispose();
            return true;
        });
    }

    public void Kill()
    {
        process!.Signal(Signals.SIGKILL);
        process.WaitForEnd();
        process.Dispose();
        process = null;
        File.Delete($"{folder}/{Name}.sock");
    }

    public void Dispose()
    {
        if (process is not null) Kill();
        TestDirectory.Remove(folder);
    }
}
