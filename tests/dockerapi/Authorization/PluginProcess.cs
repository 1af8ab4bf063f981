namespace Keelson.DockerApi.Tests.Authorization;

/// <summary>A plug-in for authorization, with rules that a test gives it.</summary>
internal sealed class PluginProcess : PythonPlugin
{
    public PluginProcess(string name = "guard") : base(name, "authz")
    {
        Rule("{}");
        Start();
    }

    public override string Sockets => Folder;

    protected override IEnumerable<string> Command => [Path.Combine(Repository.Root, "tests/dockerapi/Authorization/authz-plugin.py"), Socket, NotesFile, Folder + "/rules"];
}
