using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>A plug-in that is none of ours: a program in Python, which notes what it is asked and does what a test tells it.</summary>
public abstract class PythonPlugin : IDisposable
{
    private ChildProcess? process;

    /// <param name="name">What it is called.</param>
    /// <param name="folder">Name of its folder's place.</param>
    protected PythonPlugin(string name, string folder) => (Name, Folder) = (name, TestDirectory.Make(folder));

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The folder of all that is its own.</summary>
    protected string Folder { get; }

    /// <summary>The folder of its socket, where the engine finds it.</summary>
    public abstract string Sockets { get; }

    /// <summary>Program and arguments.</summary>
    protected abstract IEnumerable<string> Command { get; }

    /// <summary>What it was asked, oldest first.</summary>
    public JsonElement[] Notes => File.Exists(NotesFile) ? [.. File.ReadAllLines(NotesFile).Select(line => JsonDocument.Parse(line).RootElement)] : [];

    /// <summary>The file of them.</summary>
    protected string NotesFile => Folder + "/notes";

    /// <summary>Its socket.</summary>
    protected string Socket => $"{Sockets}/{Name}.sock";

    /// <summary>Gives it other rules, as its program says.</summary>
    public void Rule(string json)
    {
        File.WriteAllText(Folder + "/rules.new", json);
        File.Move(Folder + "/rules.new", Folder + "/rules", overwrite: true);
    }

    /// <summary>Forgets what it was asked.</summary>
    public void Forget() => File.Delete(NotesFile);

    /// <summary>Starts it, or starts it again; it knows what it knew.</summary>
    public void Start()
    {
        process = ChildProcess.Start(["/usr/bin/python3", .. Command]);
        Condition.Await("the plug-in listens: " + process.Stderr, () =>
        {
            if (Linux.Sys.Sockets.TryConnect(Socket, out FdHandle? connection) != Errno.None) return false;
            connection!.Dispose();
            return true;
        });
    }

    /// <summary>Ends it at once; its socket goes, too.</summary>
    public void Kill()
    {
        process!.Signal(Signals.SIGKILL);
        process.WaitForEnd();
        process.Dispose();
        process = null;
        File.Delete(Socket);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (process is not null) Kill();
        TestDirectory.Remove(Folder);
        GC.SuppressFinalize(this);
    }
}
