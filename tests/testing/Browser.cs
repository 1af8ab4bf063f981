using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Keelson.Testing;

/// <summary>Chromium without a window, told by its driver what to do. W3C WebDriver.</summary>
public sealed partial class Browser : IAsyncDisposable
{
    private const int Attempts = 600;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private const string ElementKey = "element-6066-11e4-a52e-4f735466cecf";

    private readonly string folder = TestDirectory.Make("browser");
    private readonly ChildProcess driver;
    private readonly HttpClient client;
    private string session = "";

    private Browser(string? network)
    {
        Programs.Need("chromedriver");
        Programs.Need("chromium");
        driver = StartDriver(network);
        // It takes a free port of IPv4 and ends when the same one of IPv6 is somebody's.
        for (int tries = 1; driver.HasEnded && tries < 5; tries++)
        {
            driver.Dispose();
            driver = StartDriver(network);
        }
        if (driver.HasEnded) throw new InvalidOperationException($"chromedriver ended: {driver.Stdout} {driver.Stderr}");
        client = new(NamespaceClient.Handler(network)) { Timeout = TimeSpan.FromMinutes(2) };
        client.BaseAddress = new($"http://127.0.0.1:{Listening().Match(driver.Stdout).Groups[1].Value}/");
    }

    private ChildProcess StartDriver(string? network)
    {
        ChildProcess started = ChildProcess.Start([.. network is null ? (string[])[] : ["nsenter", "--net=" + network], "chromedriver", "--port=0"], new CommandOptions { Environment = new Dictionary<string, string> { ["HOME"] = folder, ["TMPDIR"] = folder } });
        Condition.Await("chromedriver to listen", () => started.HasEnded || Listening().IsMatch(started.Stdout), TimeSpan.FromMinutes(1));
        return started;
    }

    /// <summary>Starts one; skips the test where there is none.</summary>
    /// <param name="network">File of the network namespace that it is to be in; <see langword="null"/>: the test's own.</param>
    public static async Task<Browser> StartAsync(string? network = null)
    {
        Browser browser = new(network);
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--user-data-dir=" + browser.folder + "/profile",
        ];
        JsonObject wanted = new()
        {
            ["capabilities"] = new JsonObject
            {
                ["alwaysMatch"] = new JsonObject
                {
                    ["goog:chromeOptions"] = new JsonObject { ["args"] = new JsonArray([.. arguments.Select(argument => JsonValue.Create(argument))]) },
                    ["goog:loggingPrefs"] = new JsonObject { ["browser"] = "ALL" },
                    ["unhandledPromptBehavior"] = "ignore",
                },
            },
        };
        browser.session = "session/" + (string)(await browser.SendAsync(HttpMethod.Post, "session", wanted))!["sessionId"]! + "/";
        return browser;
    }

    /// <summary>Opens an address.</summary>
    public Task GoAsync(string url) => SendAsync(HttpMethod.Post, session + "url", new JsonObject { ["url"] = url });

    /// <summary>The text of the page as a person sees it.</summary>
    public async Task<string> TextAsync() => (string)(await RunAsync("return document.body.innerText"))!;

    /// <summary>Runs a script.</summary>
    public async Task<JsonNode?> RunAsync(string script) => await SendAsync(HttpMethod.Post, session + "execute/sync", new JsonObject { ["script"] = script, ["args"] = new JsonArray() });

    /// <summary>Waits for a text on the page.</summary>
    public async Task<string> AwaitAsync(string text)
    {
        string seen = "";
        for (int i = 0; i < Attempts; i++)
        {
            if ((seen = await TextAsync()).Contains(text, StringComparison.Ordinal)) return seen;
            await Task.Delay(Interval);
        }
        throw new InvalidOperationException($"'{text}' is not on the page: {seen}\n{await LoadedAsync()}");
    }

    /// <summary>Waits until an expression is true of the page.</summary>
    public async Task AwaitTrueAsync(string expression)
    {
        for (int i = 0; i < Attempts; i++)
        {
            if ((await RunAsync($"return Boolean({expression})"))!.GetValue<bool>()) return;
            await Task.Delay(Interval);
        }
        throw new InvalidOperationException($"{expression} is not true of the page: {await TextAsync()}\n{await LoadedAsync()}");
    }

    /// <summary>What the page has asked for, with status and time, and what the browser complained of: for messages.</summary>
    private async Task<string> LoadedAsync() =>
        $"{await RunAsync("return location.href + ' ' + performance.getEntriesByType('resource').slice(-30).map(entry => `${entry.name} ${entry.responseStatus} ${Math.round(entry.startTime)}-${Math.round(entry.responseEnd)}`).join(', ')")}\n{string.Join('\n', await ComplaintsAsync())}";

    /// <summary>Gives the window a size.</summary>
    public Task ResizeAsync(int width, int height) => SendAsync(HttpMethod.Post, session + "window/rect", new JsonObject { ["width"] = width, ["height"] = height });

    /// <summary>Has the browser say that its user prefers something, such as <c>dark</c> for <c>prefers-color-scheme</c>.</summary>
    public Task PreferAsync(string feature, string value) => SendAsync(HttpMethod.Post, session + "goog/cdp/execute", new JsonObject
    {
        ["cmd"] = "Emulation.setEmulatedMedia",
        ["params"] = new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = feature, ["value"] = value }) },
    });

    /// <summary>The window as a picture, PNG.</summary>
    public async Task<byte[]> ScreenshotAsync() => Convert.FromBase64String((string)(await SendAsync(HttpMethod.Get, session + "screenshot", null))!);

    /// <summary>Clicks on the first thing that a path of XPath finds.</summary>
    public async Task ClickAsync(string path) => await SendAsync(HttpMethod.Post, $"{session}element/{await FindAsync("xpath", path)}/click", []);

    /// <summary>Types into a field.</summary>
    public async Task TypeAsync(string selector, string text) => await SendAsync(HttpMethod.Post, $"{session}element/{await FindAsync("css selector", selector)}/value", new JsonObject { ["text"] = text });

    /// <summary>Says yes to the question that is asked, and returns it.</summary>
    public async Task<string> ConfirmAsync()
    {
        string question = (string)(await SendAsync(HttpMethod.Get, session + "alert/text", null))!;
        await SendAsync(HttpMethod.Post, session + "alert/accept", []);
        return question;
    }

    /// <summary>What the browser complained of, but for requests that it broke off because the machine's devices of networks had changed, as containers do it.</summary>
    public async Task<IReadOnlyList<string>> ComplaintsAsync() =>
        [.. (await SendAsync(HttpMethod.Post, session + "se/log", new JsonObject { ["type"] = "browser" }))!.AsArray().Where(entry => (string?)entry!["level"] == "SEVERE").Select(entry => (string)entry!["message"]!).Where(message => !message.Contains("ERR_NETWORK_CHANGED", StringComparison.Ordinal))];

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (session.Length > 0) await client.DeleteAsync(session.TrimEnd('/'));
        client.Dispose();
        driver.Dispose();
        TestDirectory.Remove(folder);
    }

    private async Task<string> FindAsync(string way, string value) => (string)(await SendAsync(HttpMethod.Post, session + "element", new JsonObject { ["using"] = way, ["value"] = value }))![ElementKey]!;

    private async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using HttpRequestMessage request = new(method, path);
        // The driver reads no chunks.
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), null, "application/json");
        using HttpResponseMessage answer = await client.SendAsync(request);
        JsonNode? value = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["value"];
        return answer.IsSuccessStatusCode ? value : throw new InvalidOperationException($"{method} {path}: {value}");
    }

    [GeneratedRegex(@"started successfully on port (\d+)")]
    private static partial Regex Listening();
}
