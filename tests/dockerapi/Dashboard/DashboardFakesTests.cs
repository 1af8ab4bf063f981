using Keelson.DockerApi.Access;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>The page, as Chromium shows it, of an engine that a test makes up.</summary>
public class DashboardFakesTests
{
    [Fact]
    public async Task A_thousand_containers_are_one_question()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        for (int i = 0; i < 1000; i++) dashboard.Containers.Add($"web-{i:d4}", i % 2 == 0 ? ContainerStatus.Running : ContainerStatus.Exited);
        await using Browser browser = await Browser.StartAsync();
        await browser.GoAsync(dashboard.Url);
        await browser.AwaitAsync("1000 containers, 500 running");
        Assert.Equal(1000, (await browser.RunAsync("return document.querySelectorAll('main tbody tr').length"))!.GetValue<int>());
        await browser.AwaitAsync("web-0999");
        await browser.TypeAsync("#search", "web-012 running");
        await browser.AwaitAsync("1000 containers, 500 running, 0 shown");
        await browser.TypeAsync("#search", "\uE009a\uE000web-012 up");
        await browser.AwaitAsync("1000 containers, 500 running, 5 shown");
        await browser.RunAsync("location.hash = '#/networks'");
        await browser.AwaitTrueAsync("document.querySelectorAll('#picture .node.container').length === 500");
        string[] asked = [.. dashboard.Requests.Where(request => request.Contains("/v1.41/", StringComparison.Ordinal))];
        Assert.Single(asked, "GET /v1.41/containers/json");
        Assert.Equal(["GET /v1.41/containers/json", "GET /v1.41/events", "GET /v1.41/networks"], asked.Order());
        Assert.Empty(await browser.ComplaintsAsync());
    }

    [Fact]
    public async Task A_read_only_page_offers_nothing_that_it_may_not_do()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new(new SocketRights("") { IsReadOnly = true }));
        string id = dashboard.Containers.Add("web", change: info => info with { Settings = info.Settings with { Env = ["PASSWORD=hunter2"] } }).Id;
        await using Browser browser = await Browser.StartAsync();
        await browser.GoAsync(dashboard.Url);
        await browser.AwaitAsync("read-only");
        foreach ((string view, string text) in ((string, string)[])[("containers", "1 container"), ($"containers/{id}", "PASSWORD"), ("images", "busybox"), ("networks", "List"), ("volumes", "Volumes")])
        {
            await browser.RunAsync($"location.hash = '#/{view}'");
            string seen = await browser.AwaitAsync(text);
            Assert.DoesNotContain("hunter2", seen, StringComparison.Ordinal);
            Assert.Equal(0, (await browser.RunAsync("return document.querySelectorAll('main button').length"))!.GetValue<int>());
            Assert.Equal(0, (await browser.RunAsync("return [...document.querySelectorAll('nav a')].filter(link => /Terminal|Logs/.test(link.textContent)).length"))!.GetValue<int>());
        }
    }

    [Fact]
    public async Task What_the_browser_breaks_off_is_asked_for_again()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        string id = dashboard.Containers.Add("web").Id;
        foreach (string path in (string[])["/dashboard/dom.js", "/dashboard/rights", "/v1.41/containers/json", "/v1.41/events", $"/v1.41/containers/{id}/stats", $"/v1.41/containers/{id}/stop"]) dashboard.Breaks[path] = 3;
        await using Browser browser = await Browser.StartAsync();
        await browser.GoAsync(dashboard.Url);
        await browser.AwaitAsync("1 container, 1 running");
        await browser.RunAsync($"location.hash = '#/containers/{id}'");
        await browser.AwaitTrueAsync("/\\d/.test(document.querySelector('[data-graph=Memory] .value')?.textContent)");
        await browser.ClickAsync("//button[.='Stop']");
        await browser.AwaitTrueAsync("document.getElementById('told').textContent === 'Stop web'");
        Assert.Equal(["stop web  "], dashboard.Containers.Calls);
        await browser.AwaitTrueAsync("document.getElementById('problem').hidden");
        Assert.All(dashboard.Breaks.Values, left => Assert.Equal(0, left));
    }

    [Fact]
    public async Task A_tab_without_the_key_and_a_daemon_that_has_gone_are_told_of()
    {
        DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        await using Browser browser = await Browser.StartAsync();
        try
        {
            await browser.GoAsync(dashboard.Url);
            await browser.AwaitAsync("0 containers");
            await browser.RunAsync("sessionStorage.clear(); location.reload()");
            await browser.AwaitAsync("The daemon does not know this page");
            await browser.GoAsync(dashboard.Url);
            await browser.AwaitAsync("0 containers");
        }
        finally
        {
            await dashboard.DisposeAsync();
        }
        await browser.AwaitAsync("The daemon has gone");
    }
}
