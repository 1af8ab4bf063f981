namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>A page that is opened once, for tests of its parts.</summary>
public sealed class OpenDashboard : IAsyncDisposable
{
    private DashboardUnderTest? dashboard;
    private Browser? browser;

    /// <summary>The browser with the page in it.</summary>
    public async Task<Browser> OpenAsync()
    {
        if (browser is not null) return browser;
        browser = await Browser.StartAsync();
        dashboard = await DashboardUnderTest.StartAsync();
        await browser.GoAsync(dashboard.Url);
        await browser.AwaitAsync("Containers");
        return browser;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        if (dashboard is not null) await dashboard.DisposeAsync();
    }
}
