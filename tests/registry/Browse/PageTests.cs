using System.Text;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Browse;

/// <summary>The page, as Chromium shows it.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task Repositories_tags_and_images_are_shown_searched_and_deleted()
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync();
        using HttpClient client = registry.Client();
        byte[] manifest = await client.PushImageAsync("team/web", "1.0", Pushes.Random(5000));
        await client.PushImageAsync("team/web", "old");
        await client.PushImageAsync("team/database", "13");
        byte[] note = Encoding.ASCII.GetBytes("a note"), attached = Pushes.Attached(manifest, "application/vnd.example.sbom.v1", note);
        await client.PushBlobAsync("team/web", "{}"u8.ToArray());
        await client.PushBlobAsync("team/web", note);
        (await client.PutManifestAsync("team/web", Digest.Of(attached).ToString(), attached)).EnsureSuccessStatusCode();
        await using Browser browser = await Browser.StartAsync();

        await browser.GoAsync($"http://{registry.Name}/");
        Assert.Contains("team/database", await browser.AwaitAsync("team/web"), StringComparison.Ordinal);

        await browser.TypeAsync("#words", "data\uE007");
        Assert.DoesNotContain("team/web", await browser.AwaitAsync("Repositories with “data”"), StringComparison.Ordinal);

        await browser.GoAsync($"http://{registry.Name}/#/");
        await browser.AwaitAsync("team/web");
        await browser.ClickAsync("//a[.='team/web']");
        await browser.AwaitAsync("2 tags");
        await browser.ClickAsync("//a[.='1.0']");
        string image = await browser.AwaitAsync("Configuration");
        foreach (string part in (string[])[$"docker pull {registry.Name}/team/web@{Digest.Of(manifest)}", "linux/amd64", "Layers", "4.9 KiB", "Signatures and attachments", "application/vnd.example.sbom.v1"])
            Assert.Contains(part, image, StringComparison.Ordinal);

        await browser.ClickAsync("//a[.='team/web']");
        await browser.AwaitAsync("2 tags");
        await browser.ClickAsync("//tr[.//a[.='old']]//button");
        Assert.Equal("Delete the tag old?", await browser.ConfirmAsync());
        await browser.AwaitAsync("1 tags");
        Assert.Equal(404, (int)(await client.GetAsync("/v2/team/web/manifests/old")).StatusCode);

        await browser.ClickAsync("//button[.='Delete repository']");
        Assert.Contains("team/web", await browser.ConfirmAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("team/web", await browser.AwaitAsync("Repositories"), StringComparison.Ordinal);
        Assert.Equal(404, (int)(await client.GetAsync("/v2/team/web/tags/list")).StatusCode);
        Assert.Empty(await browser.ComplaintsAsync());
    }

    [Fact]
    public async Task What_the_registry_holds_is_never_read_as_html()
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync();
        using HttpClient client = registry.Client();
        const string Evil = "<img src=x onerror=\\\"document.title='owned'\\\">";
        byte[] layer = Pushes.Random(), config = Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","author":"{{{Evil}}}","config":{"Env":["A={{{Evil}}}"],"Labels":{"{{{Evil}}}":"{{{Evil}}}"}},"history":[{"created_by":"{{{Evil}}}"}],"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(layer)}}}"]}}""");
        await client.PushBlobAsync("a", layer);
        await client.PushBlobAsync("a", config);
        (await client.PutManifestAsync("a", "t", Pushes.Manifest(config, layer))).EnsureSuccessStatusCode();
        await using Browser browser = await Browser.StartAsync();
        await browser.GoAsync($"http://{registry.Name}/#/i/a:t");
        Assert.Contains("<img src=x", await browser.AwaitAsync("History"), StringComparison.Ordinal);
        Assert.Equal("Registry", (string?)await browser.RunAsync("return document.title"));
        Assert.Equal(0, (int?)await browser.RunAsync("return document.images.length"));
        // Nor would it be run, should it ever be: scripts come from the page's own file alone.
        await browser.RunAsync("document.body.insertAdjacentHTML('beforeend', '<button id=evil onclick=\"document.title=`owned`\">x</button>'); document.getElementById('evil').click()");
        Assert.Equal("Registry", (string?)await browser.RunAsync("return document.title"));
    }

    [Fact]
    public async Task Who_must_log_in_is_asked_and_sees_what_he_may()
    {
        string folder = TestDirectory.Make("page");
        try
        {
            await File.WriteAllTextAsync(folder + "/users", $"anna:{BCrypt.Net.BCrypt.HashPassword("right", 4)}\n");
            using HtpasswdFile users = new(folder + "/users");
            AccessRules rules = AccessRules.Parse("""{"repositories":{"mine/**":{"policies":[{"users":["anna"],"actions":["pull"]}]}}}"""u8);
            await using (KeelsonRegistry open = await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/store")))
            {
                using HttpClient client = open.Client();
                await client.PushImageAsync("mine/a", "t");
                await client.PushImageAsync("others/b", "t");
            }
            await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/store"), new() { Authorizer = new RuleAuthorizer(new BasicIdentitySource(users, "registry"), () => rules) });
            await using Browser browser = await Browser.StartAsync();
            await browser.GoAsync($"http://{registry.Name}/");
            await browser.AwaitAsync("Password");
            await browser.TypeAsync("#user", "anna");
            await browser.TypeAsync("#password", "wrong\uE007");
            await browser.AwaitAsync("wrong");
            await browser.TypeAsync("#user", "\uE009a\uE000anna");
            await browser.TypeAsync("#password", "right\uE007");
            string seen = await browser.AwaitAsync("mine/a");
            Assert.DoesNotContain("others/b", seen, StringComparison.Ordinal);
            await browser.ClickAsync("//button[.='Log out']");
            await browser.AwaitAsync("Password");
        }
        finally
        {
            TestDirectory.Remove(folder);
        }
    }

    [Fact]
    public async Task The_page_may_load_nothing_from_elsewhere()
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync();
        using HttpClient client = registry.Client();
        foreach (string path in (string[])["/", "/keelson/page.js", "/keelson/page.css"])
        {
            using HttpResponseMessage answer = await client.GetAsync(path);
            Assert.Contains("default-src 'none'", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.DoesNotContain("://", (await answer.Content.ReadAsStringAsync()).Replace("</", "", StringComparison.Ordinal), StringComparison.Ordinal);
            using HttpRequestMessage again = new(HttpMethod.Get, path);
            again.Headers.Add("If-None-Match", answer.Headers.ETag!.ToString());
            Assert.Equal(304, (int)(await client.SendAsync(again)).StatusCode);
            Assert.Equal(405, (int)(await client.PostAsync(path, null)).StatusCode);
        }
    }
}
