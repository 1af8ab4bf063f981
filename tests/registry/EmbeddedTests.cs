using System.Net;
using Keelson.Registry.Garbage;
using Keelson.Registry.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TestClock = Keelson.Registry.Tests.Auth.TestClock;

namespace Keelson.Registry.Tests;

/// <summary>The library as others use it.</summary>
public sealed class EmbeddedTests
{
    [Fact]
    public async Task An_application_serves_a_registry_its_api_and_its_page_beside_its_own_routes()
    {
        await using MemoryDriver store = new();
        using RegistryServer registry = new(store, new RegistryOptions(), NullLogger.Instance);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication app = builder.Build();
        app.MapGet("/hello", () => Results.Text("own"));
        app.MapKeelsonRegistry(registry);
        app.MapKeelsonRegistryBrowse(registry);
        await app.StartAsync();
        using HttpClient client = new() { BaseAddress = new(app.Urls.Single()) };
        byte[] image = await client.PushImageAsync("team/app", "1");
        Assert.Equal(image, await client.GetByteArrayAsync("/v2/team/app/manifests/1"));
        Assert.Contains("\"team/app\"", await client.GetStringAsync("/keelson/v1/repositories"), StringComparison.Ordinal);
        Assert.Contains("<!doctype html>", await client.GetStringAsync("/"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("own", await client.GetStringAsync("/hello"));
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync("/other"));
    }

    [Fact]
    public async Task A_registry_that_is_read_only_collects_nothing_and_gives_up_no_push()
    {
        TestClock time = new();
        await using KeelsonRegistry open = await KeelsonRegistry.StartAsync(new MemoryDriver(time), new RegistryOptions { AllowsDelete = true, Store = new() { Time = time } });
        using HttpClient client = open.Client();
        Oci.Digest blob = await client.PushBlobAsync("app", Pushes.Random());
        using HttpResponseMessage begun = await client.PostAsync("/v2/app/blobs/uploads/", null);
        time.Advance(TimeSpan.FromDays(30));
        using RegistryServer closed = new(open.Driver, new RegistryOptions { IsReadOnly = true, Store = new() { Time = time } }, NullLogger.Instance);
        Assert.Equal([blob], (await closed.CollectGarbageAsync(new GarbageOptions())).Blobs);
        Assert.Equal(0, await closed.PurgeUploadsAsync());
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/app/blobs/{blob}"));
        Assert.Equal(1, await open.Server.PurgeUploadsAsync());
    }
}
