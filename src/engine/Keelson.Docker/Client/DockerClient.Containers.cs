using System.Text.Json;
using Keelson.Docker.Http;

namespace Keelson.Docker;

/// <summary>Containers.</summary>
public sealed partial class DockerClient
{
    private static Query Container(string id, string operation = "") => new($"/containers/{Escape(id)}{operation}");

    /// <summary>Lists containers, the newest first. GET /containers/json.</summary>
    /// <param name="all">Also those that do not run.</param>
    /// <param name="limit">The most rows, of the newest containers whatever their state; <see langword="null"/> for all.</param>
    /// <param name="withSize">Counts their sizes, which takes time.</param>
    /// <param name="filters">Which to list.</param>
    public ContainerSummary[] ListContainers(bool all = false, int? limit = null, bool withSize = false, Filters? filters = null) =>
        Get(ContainerList(all, limit, withSize, filters), DockerJson.Default.ContainerSummaryArray);

    /// <summary>The same, row by row as they come, and of each row what a table shows.</summary>
    /// <inheritdoc cref="ListContainers" path="/param"/>
    public ContainerLines ReadContainerLines(bool all = false, int? limit = null, bool withSize = false, Filters? filters = null)
    {
        (HttpConnection connection, HttpResponse response) = Open(Request("GET", ContainerList(all, limit, withSize, filters)));
        return new(connection, response.Body);
    }

    private static Query ContainerList(bool all, int? limit, bool withSize, Filters? filters) =>
        new Query("/containers/json").Add("all", all).Add("limit", limit).Add("size", withSize).Add(filters);

    /// <summary>Makes a container. POST /containers/create.</summary>
    /// <exception cref="DockerException">404: the image is not there. 409: the name is taken.</exception>
    public ContainerCreateResponse CreateContainer(ContainerCreateRequest request, string? name = null, string? platform = null) =>
        Post(new Query("/containers/create").Add("name", name).Add("platform", platform), DockerJson.Default.ContainerCreateResponse,
            JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.ContainerCreateRequest));

    /// <summary>Tells all about a container. GET /containers/(id)/json.</summary>
    public ContainerInspect InspectContainer(string id) => Get(Container(id, "/json"), DockerJson.Default.ContainerInspect);

    /// <summary>The same as the engine wrote it.</summary>
    public byte[] InspectContainerRaw(string id, bool withSize = false) => GetRaw(Container(id, "/json").Add("size", withSize));

    /// <summary>Starts a container. POST /containers/(id)/start.</summary>
    public void StartContainer(string id, string? detachKeys = null) => Post(Container(id, "/start").Add("detachKeys", detachKeys));

    /// <summary>Stops a container: its stop signal, and SIGKILL when it has not ended in time.</summary>
    /// <param name="id">Name or ID.</param>
    /// <param name="timeoutSeconds"><see langword="null"/>: the container's own, or 10 s.</param>
    public void StopContainer(string id, int? timeoutSeconds = null) => Post(Container(id, "/stop").Add("t", timeoutSeconds));

    /// <summary>Stops a container and starts it again.</summary>
    public void RestartContainer(string id, int? timeoutSeconds = null) => Post(Container(id, "/restart").Add("t", timeoutSeconds));

    /// <summary>Sends a signal to a container's first process.</summary>
    public void KillContainer(string id, string signal) => Post(Container(id, "/kill").Add("signal", signal));

    /// <summary>Freezes the processes of a container.</summary>
    public void PauseContainer(string id) => Post(Container(id, "/pause"));

    /// <summary>Lets the processes of a container go on.</summary>
    public void UnpauseContainer(string id) => Post(Container(id, "/unpause"));

    /// <summary>Gives a container another name.</summary>
    public void RenameContainer(string id, string name) => Post(Container(id, "/rename").Add("name", name));

    /// <summary>Changes the limits of a container.</summary>
    public ContainerUpdateResponse UpdateContainer(string id, ContainerUpdateRequest request) =>
        Post(Container(id, "/update"), DockerJson.Default.ContainerUpdateResponse, JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.ContainerUpdateRequest));

    /// <summary>Removes a container.</summary>
    /// <param name="id">Name or ID.</param>
    /// <param name="force">Kills it first.</param>
    /// <param name="volumes">Removes its volumes without a name too.</param>
    /// <param name="link">Removes a link, not the container.</param>
    public void RemoveContainer(string id, bool force = false, bool volumes = false, bool link = false) =>
        Delete(Container(id).Add("v", volumes).Add("link", link).Add("force", force));

    /// <summary>Removes what does not run.</summary>
    public ContainersPruneResponse PruneContainers(Filters? filters = null) => Post(new Query("/containers/prune").Add(filters), DockerJson.Default.ContainersPruneResponse);

    /// <summary>The processes of a container. GET /containers/(id)/top.</summary>
    public ContainerTop Top(string id, string? psOptions = null) => Get(Container(id, "/top").Add("ps_args", psOptions), DockerJson.Default.ContainerTop);

    /// <summary>What a container has changed of its image; <see langword="null"/> in the answer is nothing.</summary>
    public ContainerChange[] Changes(string id)
    {
        byte[] body = GetRaw(Container(id, "/changes"));
        return body.AsSpan().Trim(" \r\n"u8).SequenceEqual("null"u8) ? [] : Parse(body, DockerJson.Default.ContainerChangeArray);
    }

    /// <summary>Begins to wait for a container's end; returns once the engine watches it.</summary>
    /// <param name="id">Name or ID.</param>
    /// <param name="condition"><c>not-running</c>, <c>next-exit</c> or <c>removed</c>.</param>
    public ContainerWait BeginWait(string id, string condition = "not-running") =>
        new(OpenStream(Request("POST", Container(id, "/wait").Add("condition", condition))));

    /// <summary>Statistics of a container, a value a second, or one value.</summary>
    /// <param name="id">Name or ID.</param>
    /// <param name="follow">One value after another until the connection is closed.</param>
    public ByteStream Stats(string id, bool follow) => OpenStream(Request("GET", Container(id, "/stats").Add("stream", follow ? "1" : "0")));

    /// <summary>What a container has written, in frames unless it has a terminal.</summary>
    public ByteStream Logs(string id, LogsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return OpenStream(Request("GET", Container(id, "/logs").Add("stdout", options.Stdout).Add("stderr", options.Stderr).Add("since", options.Since).Add("until", options.Until)
            .Add("timestamps", options.Timestamps).Add("follow", options.Follow).Add("tail", options.Tail).Add("details", options.Details)));
    }

    /// <summary>Connects to the streams of a container's first process. POST /containers/(id)/attach.</summary>
    public UpgradedConnection Attach(string id, AttachOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Upgrade(Request("POST", Container(id, "/attach").Add("stream", true).Add("stdin", options.Stdin).Add("stdout", options.Stdout)
            .Add("stderr", options.Stderr).Add("logs", options.Logs).Add("detachKeys", options.DetachKeys)));
    }

    /// <summary>Sets the size of a container's terminal.</summary>
    public void ResizeContainer(string id, int rows, int columns) => Post(Container(id, "/resize").Add("h", rows).Add("w", columns));

    /// <summary>The root file system of a container as a tar archive.</summary>
    public ByteStream Export(string id) => OpenStream(Request("GET", Container(id, "/export")));

    /// <summary>What a path in a container is. HEAD /containers/(id)/archive.</summary>
    public ContainerPathStat StatPath(string id, string path) => StatOf(Call(Request("HEAD", Container(id, "/archive").Add("path", path))).Response.Header(StatHeader));

    /// <summary>A path of a container as a tar archive, whose first entry is named like the path's last part.</summary>
    public ByteStream ReadArchive(string id, string path, out ContainerPathStat stat)
    {
        ByteStream stream = OpenStream(Request("GET", Container(id, "/archive").Add("path", path)));
        stat = StatOf(stream.Header(StatHeader));
        return stream;
    }

    /// <summary>Unpacks a tar archive in a directory of a container.</summary>
    /// <param name="id">Name or ID.</param>
    /// <param name="path">The directory, which is there.</param>
    /// <param name="archive">The archive, sent as it is read.</param>
    /// <param name="copyOwner">Keeps owners as the archive has them.</param>
    public void WriteArchive(string id, string path, Stream archive, bool copyOwner = false) =>
        CallAlone(new HttpRequest("PUT", prefix + Container(id, "/archive").Add("path", path).Add("noOverwriteDirNonDir", "true").Add("copyUIDGID", copyOwner))
        { Source = archive, ContentType = "application/x-tar" });

    private void CallAlone(HttpRequest request)
    {
        (HttpConnection connection, HttpResponse response) = Open(request);
        using (connection) response.Body.ReadAll();
    }

    private const string StatHeader = "X-Docker-Container-Path-Stat";

    private static ContainerPathStat StatOf(string? header)
    {
        try
        {
            return Parse(Convert.FromBase64String(header ?? ""), DockerJson.Default.ContainerPathStat);
        }
        catch (FormatException e)
        {
            throw new KeelsonException(ErrorKind.Unknown, $"read the engine's answer: {StatHeader} is not base64", e);
        }
    }

    /// <summary>An exec that is yet to be started.</summary>
    public string CreateExec(string id, ExecConfig config) =>
        Post(Container(id, "/exec"), DockerJson.Default.IdResponse, JsonSerializer.SerializeToUtf8Bytes(config, DockerJson.Default.ExecConfig)).Id;

    /// <summary>Starts an exec and connects to its streams.</summary>
    public UpgradedConnection StartExec(string execId, bool terminal) => Upgrade(StartExecRequest(execId, detach: false, terminal));

    /// <summary>Starts an exec and leaves it alone.</summary>
    public void StartExecDetached(string execId, bool terminal) => Call(StartExecRequest(execId, detach: true, terminal));

    private HttpRequest StartExecRequest(string execId, bool detach, bool terminal) => Request("POST", new Query($"/exec/{Escape(execId)}/start"),
        JsonSerializer.SerializeToUtf8Bytes(new ExecStartRequest { Detach = detach, Tty = terminal }, DockerJson.Default.ExecStartRequest));

    /// <summary>Whether an exec runs, and how it ended.</summary>
    public ExecInspect InspectExec(string execId) => Get(new Query($"/exec/{Escape(execId)}/json"), DockerJson.Default.ExecInspect);

    /// <summary>Sets the size of an exec's terminal.</summary>
    public void ResizeExec(string execId, int rows, int columns) => Post(new Query($"/exec/{Escape(execId)}/resize").Add("h", rows).Add("w", columns));
}
