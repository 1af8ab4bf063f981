using System.Globalization;
using System.Text.Json;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>The page, as Chromium shows it, of a daemon with containers.</summary>
public sealed class DashboardPageTests(DashboardDaemon daemon) : IClassFixture<DashboardDaemon>
{
    private static readonly string Docker = DaemonWithClients.Clients.FirstOrDefault("");

    [ClientFact]
    public async Task The_address_stands_in_a_file_of_its_owners_alone_and_the_browser_forgets_the_token()
    {
        Assert.Matches("^http://127\\.0\\.0\\.1:[0-9]+/\\?token=[0-9a-f]{64}\n$", File.ReadAllText(daemon.AddressFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(daemon.AddressFile));
        Assert.Contains("the dashboard is at " + new Uri(daemon.Url).Authority, daemon.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(daemon.Url.Split('=')[1], daemon.Log, StringComparison.Ordinal);
        await using Browser browser = await daemon.OpenAsync();
        Assert.Equal(daemon.Url.Split('?')[0] + "#/containers", (string?)await browser.RunAsync("return location.href"));
        Assert.Equal("", (string?)await browser.RunAsync("return document.cookie"));
    }

    [ClientFact]
    public async Task Containers_are_listed_and_the_list_follows_what_happens()
    {
        string first = daemon.NewName(), second = daemon.NewName();
        Start(first, "sleep", "1000");
        await using Browser browser = await daemon.OpenAsync();
        await browser.AwaitAsync(first);
        Start(second, "sleep", "1000");
        await browser.AwaitAsync(second);
        await PressAsync(browser, "Stop " + second);
        await browser.AwaitTrueAsync(Button("Start " + second));
        Assert.Equal("exited", daemon.Docker(Docker, "inspect", "-f", "{{.State.Status}}", second).Text);
        await PressAsync(browser, "Start " + second);
        await browser.AwaitTrueAsync(Button("Restart " + second));
        daemon.Docker(Docker, "pause", second).Succeeds();
        await browser.AwaitTrueAsync($"[...document.querySelectorAll('tr')].some(row => row.innerText.includes('{second}') && row.innerText.includes('Paused'))");
        daemon.Docker(Docker, "unpause", second).Succeeds();
        daemon.Docker(Docker, "rename", second, second + "-renamed").Succeeds();
        await browser.AwaitAsync(second + "-renamed");
        await browser.TypeAsync("#search", second);
        await browser.AwaitTrueAsync($"!document.querySelector('main').innerText.includes('{first}\\t')");
        await PressAsync(browser, $"Remove {second}-renamed");
        Assert.Contains(second, await browser.ConfirmAsync(), StringComparison.Ordinal);
        await browser.AwaitAsync("There are none.");
        daemon.Docker(Docker, "inspect", second + "-renamed").Fails("No such");
        Remove(first);
        Assert.Contains(File.ReadAllLines(daemon.AuditFile), line => line.Contains("\"dashboard\"", StringComparison.Ordinal) && line.Contains("/stop", StringComparison.Ordinal));
        Assert.Empty(await browser.ComplaintsAsync());
    }

    [ClientFact]
    public async Task A_containers_facts_statistics_and_log_are_shown_and_followed()
    {
        string name = daemon.NewName();
        Run("--name", name, "-e", "COLOUR=green", "-l", "team=a", "-v", name + ":/data", "busybox", "sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i; echo problem $i >&2; sleep 0.1; done");
        await using Browser browser = await daemon.OpenAsync();
        await browser.AwaitAsync(name);
        await browser.ClickAsync($"//a[.='{name}']");
        string facts = await browser.AwaitAsync("COLOUR=green");
        foreach (string part in (string[])[name, "busybox", "team", "/data", "bridge"]) Assert.Contains(part, facts, StringComparison.Ordinal);
        foreach (string graph in (string[])["CPU", "Memory", "Network", "Disk", "Processes"])
            await browser.AwaitTrueAsync($"/\\d/.test(document.querySelector('[data-graph={graph}] .value')?.textContent) && (document.querySelector('[data-graph={graph}] path').getAttribute('d') ?? '').split('L').length > 2");
        await ShowAsync(browser, "container");

        await browser.ClickAsync("//a[.='Logs']");
        await browser.AwaitAsync("line 3");
        await browser.AwaitTrueAsync("[...document.querySelectorAll('#log .error')].some(line => line.textContent.startsWith('problem'))");
        int seen = (await browser.RunAsync("return document.querySelectorAll('#log > div').length"))!.GetValue<int>();
        await browser.AwaitTrueAsync($"document.querySelectorAll('#log > div').length > {seen}");
        Assert.True((await browser.RunAsync("const lines = [...document.querySelectorAll('#log > div:not(.error)')].map(line => Number(line.textContent.split(' ')[1])); return lines.length > 2 && lines.every((line, at) => line === lines[0] + at)"))!.GetValue<bool>());
        await ShowAsync(browser, "logs");
        daemon.Docker(Docker, "stop", "-t", "0", name).Succeeds();
        await browser.AwaitTrueAsync("document.getElementById('state').innerText.includes('Exited')");

        await browser.ClickAsync("//a[.='Inspect']");
        await browser.AwaitAsync("\"RestartPolicy\"");
        await PressAsync(browser, "Remove " + name);
        await browser.ConfirmAsync();
        await browser.AwaitTrueAsync("location.hash === '#/containers'");
        daemon.Docker(Docker, "volume", "rm", name).Succeeds();
        Assert.Empty(await browser.ComplaintsAsync());
    }

    [ClientFact]
    public async Task A_terminal_runs_a_shell_in_colours_knows_its_size_and_ends_with_it()
    {
        string name = daemon.NewName();
        Start(name, "sleep", "1000");
        await using Browser browser = await daemon.OpenAsync($"containers/{Id(name)}/terminal");
        await browser.AwaitAsync("Connect");
        await browser.ClickAsync("//button[.='Connect']");
        await browser.AwaitAsync("Connected.");
        await browser.TypeAsync("#terminal textarea", "echo $((40+2))-$((1+1))\uE007");
        await browser.AwaitTrueAsync(Line("42-2"));
        await browser.TypeAsync("#terminal textarea", "ls /bin | busybox head -n 3\uE007");
        await browser.AwaitTrueAsync(Line("busybox"));
        await browser.TypeAsync("#terminal textarea", "busybox printf '\\033[31mred\\033[0m \\033[1;38;5;208mstrong\\033[0m\\n'\uE007");
        await browser.AwaitTrueAsync("[...document.querySelectorAll('#terminal .f1')].some(piece => piece.textContent === 'red') && [...document.querySelectorAll('#terminal .bold')].some(piece => piece.textContent === 'strong' && piece.style.color)");
        await browser.TypeAsync("#terminal textarea", "echo \"size $(busybox stty size)\"\uE007");
        await browser.AwaitTrueAsync("[...document.querySelectorAll('#terminal .line')].some(line => /^size [1-9]\\d+ [1-9]\\d+$/.test(line.textContent))");
        await browser.TypeAsync("#terminal textarea", "busybox top -d 1\uE007");
        await browser.AwaitTrueAsync("document.getElementById('terminal').innerText.includes('Load average')");
        await ShowAsync(browser, "terminal");
        await browser.TypeAsync("#terminal textarea", "\uE009c\uE000");
        await browser.TypeAsync("#terminal textarea", "ech oops\uE003\uE003\uE003\uE003\uE003o back\uE007");
        await browser.AwaitTrueAsync(Line("back"));
        await browser.TypeAsync("#terminal textarea", "busybox vi /tmp/f\uE007");
        await browser.AwaitTrueAsync("document.getElementById('terminal').innerText.includes('~\\n~')");
        // An editor takes Escape for itself when nothing follows at once.
        foreach ((string keys, string line) in ((string, string)[])[("ifirst\uE007second", "second"), ("\uE013\uE011xi_", "_irst")])
        {
            await browser.TypeAsync("#terminal textarea", keys);
            await browser.AwaitTrueAsync(Line(line));
            await browser.TypeAsync("#terminal textarea", "\uE00C");
            await browser.AwaitTrueAsync("document.getElementById('terminal').innerText.includes('- /tmp/f [Modified]')");
        }
        await browser.TypeAsync("#terminal textarea", ":wq\uE007");
        await browser.TypeAsync("#terminal textarea", "cat /tmp/f\uE007");
        await browser.AwaitTrueAsync($"{Line("_irst")} && {Line("second")}");
        await browser.TypeAsync("#terminal textarea", "exit 3\uE007");
        await browser.AwaitAsync("Ended with exit code 3.");
        Assert.Contains(File.ReadAllLines(daemon.AuditFile), line => line.Contains("/dashboard/exec/", StringComparison.Ordinal) && line.Contains("\"exec\":[\"sh\"]", StringComparison.Ordinal));
        Assert.Empty(await browser.ComplaintsAsync());
        Remove(name);
    }

    [ClientFact]
    public async Task Who_leaves_a_terminal_leaves_no_shell_behind()
    {
        string name = daemon.NewName();
        Start(name, "sleep", "1000");
        await using Browser browser = await daemon.OpenAsync($"containers/{Id(name)}/terminal");
        await browser.AwaitAsync("Connect");
        await browser.ClickAsync("//button[.='Connect']");
        await browser.AwaitAsync("Connected.");
        await browser.TypeAsync("#terminal textarea", "cat\uE007");
        Condition.Await("the shell runs", () => daemon.Docker(Docker, "top", name).Succeeds().Lines.Length == 4);
        await browser.RunAsync("location.hash = '#/system'");
        Condition.Await("the shell has ended", () => daemon.Docker(Docker, "top", name).Succeeds().Lines.Length == 2);
        Remove(name);
    }

    [ClientFact]
    public async Task What_containers_say_of_themselves_is_never_read_as_html()
    {
        const string Evil = "<img src=x onerror=\"document.title=666\">";
        string name = daemon.NewName();
        Run("--name", name, "-l", $"<b>key</b>={Evil}", "-e", "A=" + Evil, "-w", "/" + Evil, "-v", $"/{Evil}:/{Evil}", "busybox", "sh", "-c", $"echo '{Evil}'; echo '{Evil}' >&2; sleep 1000", Evil);
        daemon.Docker(Docker, "exec", name, "echo", Evil).Succeeds();
        daemon.Docker(Docker, "network", "create", "--label", $"<b>key</b>={Evil}", name).Succeeds();
        daemon.Docker(Docker, "commit", "-c", $"LABEL evil='{Evil}'", "-a", Evil, name, name + "-image").Succeeds();
        await using Browser browser = await daemon.OpenAsync();
        string id = Id(name), image = daemon.Docker(Docker, "inspect", "-f", "{{.Id}}", name + "-image").Text;
        foreach ((string view, string seen) in ((string, string)[])[("containers", name), ($"containers/{id}", Evil), ($"containers/{id}/logs", Evil), ($"containers/{id}/inspect", "onerror"), ("images", name + "-image"), ($"images/{Uri.EscapeDataString(image)}", Evil), ("networks", name), ("volumes", "Volumes"), ("events", name), ("system", "System")])
        {
            await browser.RunAsync($"location.hash = '#/{view}'");
            await browser.AwaitAsync(seen);
            Assert.Equal(0, (int?)await browser.RunAsync("return document.querySelectorAll('img, script:not([src]), iframe, object').length"));
        }
        await browser.RunAsync($"location.hash = '#/containers/{id}/terminal'");
        await browser.AwaitAsync("Connect");
        await browser.ClickAsync("//button[.='Connect']");
        await browser.AwaitAsync("Connected.");
        await browser.TypeAsync("#terminal textarea", "echo \"$A\"\uE007");
        await browser.AwaitTrueAsync("[...document.querySelectorAll('#terminal .line')].some(line => line.textContent.startsWith('<img'))");
        Assert.Equal(0, (int?)await browser.RunAsync("return document.images.length"));
        Assert.DoesNotContain("666", (string?)await browser.RunAsync("return document.title"), StringComparison.Ordinal);
        // Nor could it be, by a mistake of the page's: the browser takes no text for HTML here.
        Assert.Equal("TypeError", (string?)await browser.RunAsync("return import('/dashboard/dom.js').then(() => { const node = document.createElement('p'); node.append('x'); try { node.innerHTML = '<b>x</b>'; return 'taken'; } catch (error) { return error.name; } })"));
        Remove(name);
        daemon.Docker(Docker, "network", "rm", name).Succeeds();
        daemon.Docker(Docker, "rmi", name + "-image").Succeeds();
    }

    [ClientFact]
    public async Task Networks_are_a_picture_of_who_is_where()
    {
        string front = daemon.NewName() + "-front", back = daemon.NewName() + "-back", web = daemon.NewName(), database = daemon.NewName(), alone = daemon.NewName();
        daemon.Docker(Docker, "network", "create", front).Succeeds();
        daemon.Docker(Docker, "network", "create", "--internal", back).Succeeds();
        Run("--name", web, "--network", front, "-p", "127.0.0.1:8080:80", "-p", "9090:90/udp", "busybox", "sleep", "1000");
        daemon.Docker(Docker, "network", "connect", back, web).Succeeds();
        Run("--name", database, "--network", back, "busybox", "sleep", "1000");
        Run("--name", alone, "--network", "none", "busybox", "sleep", "1000");
        await using Browser browser = await daemon.OpenAsync("networks");
        await browser.AwaitAsync(database);
        string[] own = [web, database, alone];
        await AwaitPictureAsync(browser, own, [$"{front}>{web}", $"{back}>{web}", $"{back}>{database}", $"none>{alone}"]);
        Assert.Equal(own.Order(), (await TextsAsync(browser, ".node.container")).Intersect(own).Order());
        string[] networks = await TextsAsync(browser, ".node.network");
        foreach (string network in (string[])[front, back, "bridge", "none"]) Assert.Contains(network, networks);
        Assert.DoesNotContain("host", networks);
        foreach (string port in (string[])["127.0.0.1:8080 → 80/tcp", "9090 → 90/udp"]) Assert.Contains(port, await TextsAsync(browser, ".node.port"));
        string picture = (string)(await browser.RunAsync("return document.getElementById('picture').textContent"))!;
        foreach (string container in (string[])[web, database])
            foreach (string address in daemon.Docker(Docker, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", container).Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Assert.Contains(address, picture, StringComparison.Ordinal);
        Assert.Contains("internal", picture, StringComparison.Ordinal);
        await ShowAsync(browser, "networks");

        daemon.Docker(Docker, "network", "disconnect", back, web).Succeeds();
        await AwaitPictureAsync(browser, own, [$"{front}>{web}", $"{back}>{database}", $"none>{alone}"]);
        foreach (string container in own) Remove(container);
        await AwaitPictureAsync(browser, own, []);
        foreach (string network in (string[])[front, back])
        {
            await PressAsync(browser, "Remove the network " + network);
            await browser.ConfirmAsync();
            await browser.AwaitTrueAsync($"!document.querySelector('main').innerText.includes('{network}')");
            daemon.Docker(Docker, "network", "inspect", network).Fails();
        }
        Assert.Empty(await browser.ComplaintsAsync());
    }

    [ClientFact]
    public async Task Images_volumes_events_and_the_disk_are_shown_and_removed()
    {
        string name = "kept-" + daemon.NewName();
        await using Browser browser = await daemon.OpenAsync("images");
        await browser.AwaitAsync("busybox:latest");
        daemon.Docker(Docker, "tag", "busybox", name + ":1").Succeeds();
        await browser.AwaitAsync(name + ":1");
        daemon.Docker(Docker, "rmi", name + ":1").Succeeds();
        await browser.AwaitTrueAsync($"!document.querySelector('main').innerText.includes('{name}:1')");
        await browser.ClickAsync("//a[.='busybox:latest']");
        await browser.AwaitAsync("History");
        Assert.Contains("linux/amd64", await browser.AwaitAsync("Imported from"), StringComparison.Ordinal);

        await browser.RunAsync("location.hash = '#/volumes'");
        daemon.Docker(Docker, "volume", "create", name).Succeeds();
        await browser.AwaitAsync(name);
        await PressAsync(browser, "Remove the volume " + name);
        await browser.ConfirmAsync();
        await browser.AwaitTrueAsync($"!document.querySelector('main').innerText.includes('{name}')");
        daemon.Docker(Docker, "volume", "inspect", name).Fails();

        await browser.RunAsync("location.hash = '#/events'");
        await browser.AwaitAsync("volume destroy");
        await browser.TypeAsync("#search", $"{name} create");
        await browser.AwaitTrueAsync("document.querySelectorAll('main tbody tr').length === 1 && document.querySelector('main tbody').innerText.includes('volume create')");

        await browser.RunAsync("location.hash = '#/system'");
        string system = await browser.AwaitAsync("Build cache");
        foreach (string part in (string[])["keelsond", "1.41", "overlayfs", daemon.Folder + "/root"]) Assert.Contains(part, system, StringComparison.Ordinal);
        await ShowAsync(browser, "system");
        Assert.Empty(await browser.ComplaintsAsync());
    }

    [ClientFact]
    public async Task Every_view_can_be_used_by_keyboard_on_narrow_screens_and_in_the_dark()
    {
        string name = daemon.NewName();
        Run("--name", name, "-v", name + ":/data", "-p", "7070:70", "busybox", "sh", "-c", "echo hello; sleep 1000");
        string id = Id(name), image = Uri.EscapeDataString(daemon.Docker(Docker, "inspect", "-f", "{{.Id}}", "busybox").Text);
        await using Browser browser = await daemon.OpenAsync();
        foreach (string scheme in (string[])["light", "dark"])
        {
            await browser.PreferAsync("prefers-color-scheme", scheme);
            Assert.Equal(scheme == "dark", (await browser.RunAsync("return Number(getComputedStyle(document.documentElement).getPropertyValue('color-scheme') !== '' && matchMedia('(prefers-color-scheme: dark)').matches)"))!.GetValue<int>() == 1);
            foreach ((int width, int height) in ((int, int)[])[(1280, 900), (420, 800)])
            {
                await browser.ResizeAsync(width, height);
                foreach (string view in (string[])["containers", $"containers/{id}", $"containers/{id}/logs", $"containers/{id}/terminal", $"containers/{id}/inspect", "images", $"images/{image}", "networks", "volumes", "events", "system"])
                {
                    await browser.RunAsync($"document.querySelector('main').replaceChildren(); location.hash = '#/'; location.hash = '#/{view}'");
                    await browser.AwaitTrueAsync($"location.hash === '#/{view}' && document.querySelector('main h1')");
                    Assert.Equal([], (await browser.RunAsync(Faults))!.AsArray().Select(fault => $"{view}, {width}, {scheme}: {fault}"));
                    string kind = view.Split('/') is [_, _, string tab] ? tab : view.Contains('/', StringComparison.Ordinal) ? view.Split('/')[0].TrimEnd('s') : view;
                    Screenshot picture = await Screenshot.TakeAsync(browser, $"{kind}-{width}-{scheme}");
                    Assert.True(picture.Width > 300 && picture.Height > 300 && picture.Colours > 20, $"{view}: {picture}");
                }
            }
        }
        await browser.RunAsync("location.hash = '#/containers'");
        await browser.AwaitTrueAsync("document.getElementById('search')");
        await browser.TypeAsync("body", "/");
        await browser.AwaitTrueAsync("document.activeElement.id === 'search'");
        Assert.Empty(await browser.ComplaintsAsync());
        Remove(name);
        daemon.Docker(Docker, "volume", "rm", name).Succeeds();
    }

    /// <summary>What is wrong for who does not see, has no mouse, or has a narrow screen.</summary>
    private const string Faults = """
        const faults = [];
        if (document.querySelectorAll('h1').length !== 1) faults.push('not one heading');
        if (!document.documentElement.lang) faults.push('no language');
        for (const element of document.querySelectorAll('button, a, input, select, textarea, [role=img], [role=log], table'))
          if (!(element.getAttribute('aria-label') || element.closest('label')?.innerText.trim() || element.textContent.trim())) faults.push('no name: ' + element.outerHTML);
        for (const head of document.querySelectorAll('th')) if (head.scope !== 'col') faults.push('a head of nothing');
        for (const pane of document.querySelectorAll('pre')) if (pane.tabIndex !== 0) faults.push('cannot be scrolled by keys');
        const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
        if (over > 0) faults.push(`wider than the screen by ${over}: ` + [...document.querySelectorAll('main *')].filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth).slice(0, 3).map(element => element.outerHTML.slice(0, 100)).join());
        return faults;
        """;

    private static string Button(string name) => $"document.querySelector({JsonSerializer.Serialize($"button[aria-label=\"{name}\"]:not([disabled])")})";

    private static string Line(string text) => $"[...document.querySelectorAll('#terminal .line')].some(line => line.textContent.trim() === '{text}')";

    /// <summary>Presses a button by its name, once it is there.</summary>
    private static async Task PressAsync(Browser browser, string name)
    {
        await browser.AwaitTrueAsync(Button(name));
        // The row of the button may be made anew at any moment.
        await browser.RunAsync($"setTimeout(() => {Button(name)}.click())");
    }

    private static async Task<string[]> TextsAsync(Browser browser, string selector) => [.. (await browser.RunAsync($"return [...document.querySelectorAll('#picture {selector}')].map(node => node.dataset.name)"))!.AsArray().Select(node => (string)node!)];

    /// <summary>Waits until the picture has some lines from networks to containers, and no others to these containers.</summary>
    private static Task AwaitPictureAsync(Browser browser, string[] containers, string[] edges) => browser.AwaitTrueAsync(
        $"document.getElementById('picture') && [...document.querySelectorAll('#picture .edge')].filter(edge => {JsonSerializer.Serialize(containers)}.includes(edge.dataset.to)).map(edge => edge.dataset.from + '>' + edge.dataset.to).sort().join() === {JsonSerializer.Serialize(edges)}.sort().join()");

    private static async Task ShowAsync(Browser browser, string name)
    {
        Screenshot picture = await Screenshot.TakeAsync(browser, name);
        Assert.True(picture is { Width: > 300, Height: > 300, Colours: > 20 }, string.Create(CultureInfo.InvariantCulture, $"{name}: {picture}"));
    }

    private string Id(string name) => daemon.Docker(Docker, "inspect", "-f", "{{.Id}}", name).Text;

    private void Start(string name, params IReadOnlyList<string> arguments) => Run(["--name", name, "busybox", .. arguments]);

    private void Run(params IReadOnlyList<string> arguments) => daemon.Docker(Docker, ["run", "-d", "--cgroup-parent", "/" + TestDirectory.Name, .. arguments]).Succeeds();

    private void Remove(string name) => daemon.Docker(Docker, "rm", "-f", name).Succeeds();
}
