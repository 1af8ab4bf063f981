using System.Reflection;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Engine.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.DockerApi.Tests.Access;

/// <summary>Nothing is forgotten: each operation has a class, and each setting of a container a rule.</summary>
public class OperationClassTests
{
    private static readonly string[] Operations = [.. new DockerApiServer(new() { Containers = new FakeContainers(), Images = new FakeImages(), Snapshots = new FakeSnapshots(), Info = new("", "", "", "") }, NullLogger.Instance).Operations];

    [Fact]
    public void Each_operation_has_a_class()
    {
        Assert.True(Operations.Length > 80);
        Assert.DoesNotContain(Operations, operation => OperationClasses.Of(operation) is null);
    }

    [Fact]
    public void An_operation_without_a_class_is_served_by_no_limited_socket()
    {
        new SocketGate(new("s")).Check("GET /new");
        foreach (SocketRights rights in (SocketRights[])[new("s") { IsReadOnly = true, HasStreams = true }, new("s") { Label = new("a", "b") }])
            Assert.Equal(403, Assert.Throws<Http.ApiException>(() => new SocketGate(rights).Check("GET /new")).Status);
    }

    [Fact]
    public void What_only_reads_has_a_method_that_only_reads()
    {
        string[] readers = [.. Operations.Where(operation => OperationClasses.Of(operation) is OperationClass.Read or OperationClass.Content)];
        Assert.NotEmpty(readers);
        Assert.All(readers, operation => Assert.True(operation.StartsWith("GET ", StringComparison.Ordinal) || operation.StartsWith("HEAD ", StringComparison.Ordinal), operation));
    }

    [Fact]
    public void Each_setting_of_a_container_has_a_rule_or_is_harmless()
    {
        string[] ruled = [.. CreationRules.OfHost.Select(rule => rule.Name), .. CreationRules.OfResources.Select(rule => rule.Name)];
        string[] settings = [.. typeof(HostSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];
        Assert.Empty(settings.Except([.. ruled, .. CreationRules.Harmless]));
        Assert.Empty(ruled.Intersect(CreationRules.Harmless));
        string[] ofUpdates = [.. typeof(ContainerUpdate).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.CanWrite).Select(property => property.Name)];
        Assert.Equal(CreationRules.OfUpdates.Order(), ofUpdates.Order());
    }
}
