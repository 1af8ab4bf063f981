using System.Text.Json;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Microsoft.AspNetCore.Http.Features;

namespace Keelson.DockerApi.Containers;

/// <summary>Files of a container as tar archives.</summary>
internal sealed class ContainerArchiveOperations(DockerApiServices services)
{
    private const uint TypeMask = 0xf000, DirectoryType = 0x4000, LinkType = 0xa000, FifoType = 0x1000, SocketType = 0xc000, CharacterType = 0x2000, BlockType = 0x6000;
    private readonly IContainerService containers = services.Containers;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("HEAD", "/containers/{id}/archive", StatAsync);
        routes.Add("GET", "/containers/{id}/archive", GetAsync);
        routes.Add("PUT", "/containers/{id}/archive", PutAsync);
        routes.Add("GET", "/containers/{id}/export", ExportAsync);
    }

    private async Task StatAsync(Call call)
    {
        (ContainerInfo container, string path) = Target(call);
        PathStatus status = await OrMissing(call, path, containers.StatPathAsync(container.Id, path, call.Cancel)).ConfigureAwait(false);
        call.Http.Response.Headers["X-Docker-Container-Path-Stat"] = Encode(status);
        await call.StatusAsync(200).ConfigureAwait(false);
    }

    private async Task GetAsync(Call call)
    {
        (ContainerInfo container, string path) = Target(call);
        ContainerArchive archive = await OrMissing(call, path, containers.GetArchiveAsync(container.Id, path, call.Cancel)).ConfigureAwait(false);
        await using (archive.Content)
        {
            call.Http.Response.Headers["X-Docker-Container-Path-Stat"] = Encode(archive.Status);
            call.Http.Response.ContentType = "application/x-tar";
            await archive.Content.CopyToAsync(call.Http.Response.Body, call.Cancel).ConfigureAwait(false);
        }
    }

    private async Task PutAsync(Call call)
    {
        (ContainerInfo container, string path) = Target(call);
        bool keepKinds = call.Query.Flag("noOverwriteDirNonDir"), keepOwners = !call.Query.Has("copyUIDGID") || call.Query.Flag("copyUIDGID");
        await OrMissing(call, path, Unpack()).ConfigureAwait(false);
        await call.StatusAsync(200).ConfigureAwait(false);

        async Task<bool> Unpack()
        {
            await containers.PutArchiveAsync(container.Id, path, call.Http.Request.Body, keepKinds, keepOwners, call.Cancel).ConfigureAwait(false);
            return true;
        }
    }

    private async Task ExportAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        call.Http.Response.ContentType = "application/octet-stream";
        // A thread of its own writes the archive, and waits for the client.
        if (call.Http.Features.Get<IHttpBodyControlFeature>() is { } body) body.AllowSynchronousIO = true;
        await containers.ExportAsync(container.Id, call.Http.Response.Body, call.Cancel).ConfigureAwait(false);
    }

    private (ContainerInfo Container, string Path) Target(Call call)
    {
        ContainerInfo container = containers.Find(call);
        string path = call.Query["path"];
        return path.Length > 0 ? (container, path) : throw ApiException.BadRequest("bad parameter: path cannot be empty");
    }

    private static async Task<T> OrMissing<T>(Call call, string path, Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new ApiException(404, $"Could not find the file {path} in container {call["id"]}", e);
        }
    }

    private static string Encode(PathStatus status) => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new Docker.ContainerPathStat
    {
        Name = status.Name,
        Size = status.Size,
        Mode = GoMode(status.Mode),
        Mtime = GoTime.Text(status.ModifiedAt),
        LinkTarget = status.LinkTarget,
    }, Docker.DockerJson.Default.ContainerPathStat));

    /// <summary>Type and permission bits as Go's <c>fs.FileMode</c> has them, which is what clients decode.</summary>
    internal static uint GoMode(uint mode)
    {
        uint type = (mode & TypeMask) switch
        {
            DirectoryType => 1u << 31,
            LinkType => 1u << 27,
            FifoType => 1u << 25,
            SocketType => 1u << 24,
            CharacterType => 1u << 26 | 1u << 21,
            BlockType => 1u << 26,
            _ => 0,
        };
        uint special = ((mode & 0x800) != 0 ? 1u << 23 : 0) | ((mode & 0x400) != 0 ? 1u << 22 : 0) | ((mode & 0x200) != 0 ? 1u << 20 : 0);
        return type | special | mode & 0x1ff;
    }
}
