using Containerd.Services.Containers.V1;
using Containerd.Services.Images.V1;
using Containerd.Services.Introspection.V1;
using Containerd.Services.Leases.V1;
using Containerd.Services.Namespaces.V1;
using Containerd.Services.Tasks.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Health.V1;
using ContentV1 = Containerd.Services.Content.V1;

namespace Keelson.Api.Tests;

/// <summary>Which status a call ends with, and what it says.</summary>
public class StatusTests
{
    private const string Missing = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    [DaemonFact]
    public async Task A_call_without_namespace_is_a_failed_precondition()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await new Images.ImagesClient(daemon.Channel).ListAsync(new()));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("namespace is required", error.Status.Detail, StringComparison.Ordinal);
    }

    [DaemonFact]
    public async Task A_namespace_that_is_no_identifier_is_an_invalid_argument()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await new Images.ImagesClient(daemon.Channel).ListAsync(new(), DaemonUnderTest.In("a/b")));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [DaemonFact]
    public async Task What_is_missing_is_not_found_by_every_service()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Metadata headers = DaemonUnderTest.In("test");
        Func<Task>[] calls =
        [
            async () => await new Images.ImagesClient(daemon.Channel).GetAsync(new() { Name = "x" }, headers),
            async () => await new Images.ImagesClient(daemon.Channel).DeleteAsync(new() { Name = "x" }, headers),
            async () => await new Containers.ContainersClient(daemon.Channel).GetAsync(new() { Id = "x" }, headers),
            async () => await new Containers.ContainersClient(daemon.Channel).DeleteAsync(new() { Id = "x" }, headers),
            async () => await new Namespaces.NamespacesClient(daemon.Channel).DeleteAsync(new() { Name = "x" }),
            async () => await new Leases.LeasesClient(daemon.Channel).DeleteAsync(new() { Id = "x" }, headers),
            async () => await new Leases.LeasesClient(daemon.Channel).ListResourcesAsync(new() { Id = "x" }, headers),
            async () => await new ContentV1.Content.ContentClient(daemon.Channel).InfoAsync(new() { Digest = Missing }, headers),
            async () => await new ContentV1.Content.ContentClient(daemon.Channel).StatusAsync(new() { Ref = "x" }, headers),
            async () => await new ContentV1.Content.ContentClient(daemon.Channel).AbortAsync(new() { Ref = "x" }, headers),
            async () => await new ContentV1.Content.ContentClient(daemon.Channel).Read(new() { Digest = Missing }, headers).ResponseStream.MoveNext(default),
            async () => await new Tasks.TasksClient(daemon.Channel).CreateAsync(new() { ContainerId = "x" }, headers),
            async () => await new Tasks.TasksClient(daemon.Channel).GetAsync(new() { ContainerId = "x" }, headers),
            async () => await new Tasks.TasksClient(daemon.Channel).KillAsync(new() { ContainerId = "x", Signal = 9 }, headers),
            async () => await new Health.HealthClient(daemon.Channel).CheckAsync(new() { Service = "x" }),
        ];

        foreach (Func<Task> call in calls) Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
    }

    /// <summary>dockerd asks for the labels of its namespace before it makes anything there, and does not start without an answer.</summary>
    [DaemonFact]
    public async Task A_namespace_that_nobody_made_is_one_without_labels_as_with_containerd()
    {
        using DaemonUnderTest ours = DaemonUnderTest.Start(), theirs = DaemonUnderTest.StartReference();
        GetNamespaceResponse expected = await new Namespaces.NamespacesClient(theirs.Channel).GetAsync(new() { Name = "x" });

        GetNamespaceResponse seen = await new Namespaces.NamespacesClient(ours.Channel).GetAsync(new() { Name = "x" });

        Assert.Equal(expected, seen);
        Assert.Empty((await new Namespaces.NamespacesClient(ours.Channel).ListAsync(new())).Namespaces);
    }

    [DaemonFact]
    public async Task What_is_malformed_is_an_invalid_argument()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Metadata headers = DaemonUnderTest.In("test");
        Containers.ContainersClient containers = new(daemon.Channel);
        await containers.CreateAsync(new() { Container = Box("box") }, headers);
        Container withoutSpec = Box("a"), withoutRuntime = Box("b");
        withoutSpec.Spec = null;
        withoutRuntime.Runtime = null;
        Func<Task>[] calls =
        [
            async () => await containers.CreateAsync(new(), headers),
            async () => await containers.CreateAsync(new() { Container = withoutSpec }, headers),
            async () => await containers.CreateAsync(new() { Container = withoutRuntime }, headers),
            async () => await containers.CreateAsync(new() { Container = Box("../a") }, headers),
            async () => await containers.UpdateAsync(new() { Container = Box("box"), UpdateMask = new() { Paths = { "created_at" } } }, headers),
            async () => await new ContentV1.Content.ContentClient(daemon.Channel).InfoAsync(new() { Digest = "md5:1" }, headers),
            async () => await new Images.ImagesClient(daemon.Channel).CreateAsync(new() { Image = new() { Name = "x" } }, headers),
            async () => await new Images.ImagesClient(daemon.Channel).ListAsync(new() { Filters = { "name=x" } }, headers),
            async () => await new Leases.LeasesClient(daemon.Channel).AddResourceAsync(new() { Id = "x", Resource = new() { Id = "y", Type = "z" } }, headers),
        ];

        foreach (Func<Task> call in calls) Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
    }

    [DaemonFact]
    public async Task A_service_that_is_not_registered_is_unimplemented()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Marshaller<Empty> empty = Marshallers.Create(message => message.ToByteArray(), Empty.Parser.ParseFrom);
        Method<Empty, Empty> other = new(MethodType.Unary, "containerd.services.other.v1.Other", "List", empty, empty);
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await daemon.Channel.CreateCallInvoker().AsyncUnaryCall(other, null, default, new()));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [DaemonFact]
    public async Task The_server_is_healthy_and_keeps_its_uuid_over_a_restart()
    {
        string folder = TestDirectory.Make("keelsond");
        string uuid;
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(daemon.Channel).CheckAsync(new())).Status);
            uuid = (await new Introspection.IntrospectionClient(daemon.Channel).ServerAsync(new Empty())).Uuid;
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);

        Assert.Equal(uuid, (await new Introspection.IntrospectionClient(again.Channel).ServerAsync(new Empty())).Uuid);
        Assert.Single((await new Introspection.IntrospectionClient(again.Channel).PluginsAsync(new() { Filters = { "type==io.containerd.gc.v1" } })).Plugins);
    }

    [DaemonFact]
    public async Task A_container_comes_back_as_it_was_given_and_changes_field_by_field()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Metadata headers = DaemonUnderTest.In("test");
        Containers.ContainersClient client = new(daemon.Channel);
        Container given = Box("box");
        given.Image = "image";
        given.Labels.Add("a", "b");
        given.Extensions.Add("x", new Any { TypeUrl = "t", Value = Google.Protobuf.ByteString.CopyFromUtf8("v") });
        given.Runtime.Options = new() { TypeUrl = "o" };

        Container made = (await client.CreateAsync(new() { Container = given }, headers)).Container;
        Container read = (await client.GetAsync(new() { Id = "box" }, headers)).Container;
        Container changed = (await client.UpdateAsync(new()
        {
            Container = new() { Id = "box", Labels = { ["c"] = "d" }, Image = "other" },
            UpdateMask = new() { Paths = { "labels.c", "labels.a", "image" } },
        }, headers)).Container;

        Assert.Equal(made, read);
        Assert.NotNull(read.CreatedAt);
        Assert.Equal("other", changed.Image);
        Assert.Equal(new KeyValuePair<string, string>("c", "d"), Assert.Single(changed.Labels));
        given.CreatedAt = read.CreatedAt;
        given.UpdatedAt = read.UpdatedAt;
        Assert.Equal(given, read);
        Assert.Equal(changed, (await client.ListStream(new() { Filters = { "labels.c==d" } }, headers).ResponseStream.ReadAllAsync().SingleAsync()).Container);
    }

    private static Container Box(string id) => new() { Id = id, Runtime = new() { Name = "io.containerd.runc.v2" }, Spec = new() { TypeUrl = "spec" } };
}
