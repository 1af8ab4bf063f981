namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>A daemon with a dashboard, an audit log and networks, in a network namespace of its own.</summary>
public sealed class DashboardDaemon() : DaemonWithClients(isNetworked: true, Config)
{
    /// <summary>The file that tells the address.</summary>
    public string AddressFile => Folder + "/state/dashboard";

    /// <summary>The address that lets a browser in.</summary>
    public string Url => File.ReadAllText(AddressFile).Trim();

    public string AuditFile => Folder + "/audit.jsonl";

    /// <summary>A browser where the daemon is, with the page in it.</summary>
    public async Task<Browser> OpenAsync(string view = "")
    {
        Browser browser = await Browser.StartAsync(Network);
        try
        {
            await browser.GoAsync(Url);
            await browser.AwaitAsync("Containers");
            if (view.Length > 0) await browser.RunAsync($"location.hash = '#/{view}'");
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    private static string Config(string folder) => $"""
        version = 2
        [docker]
        audit = "{folder}/audit.jsonl"
        [docker.dashboard]
        address = "127.0.0.1:0"
        """;
}
