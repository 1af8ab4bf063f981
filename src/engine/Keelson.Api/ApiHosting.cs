using System.Globalization;
using Grpc.Core;
using Keelson.Api.Authorization;
using Keelson.Api.Streams;
using Keelson.Engine;
using Keelson.Hosting.Grpc;
using Microsoft.Extensions.Logging;

namespace Keelson.Api;

/// <summary>containerd's services on an engine.</summary>
public static class ApiHosting
{
    /// <summary>Longest message in either direction, in bytes: 16 MiB, as containerd and its clients.</summary>
    public const int MessageLimitBytes = 16 << 20;

    /// <summary>A header of every answer: number of the latest event when the call began. A list and a watch from this number on have no gap between them.</summary>
    public const string SequenceHeader = "keelson-event-sequence";

    /// <summary>Makes the server. A call of a service that is not there gets the status Unimplemented.</summary>
    /// <param name="engine">The engine, which stays the caller's.</param>
    /// <param name="info">What the daemon tells of itself.</param>
    /// <param name="logger">Hears of faults.</param>
    /// <param name="stopping">Cancelled when the daemon stops: calls that wait for something end.</param>
    /// <param name="api">Limits, and who may do what.</param>
    public static GrpcServer Serve(ContainerEngine engine, EngineInfo info, ILogger logger, CancellationToken stopping, ApiOptions? api = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        api ??= new();
        CallGuard guard = new(api.Authorizer);
        GrpcServerOptions options = new()
        {
            ReceiveLimitBytes = api.ReceiveLimitBytes,
            SendLimitBytes = api.SendLimitBytes,
            Counters = api.Counters,
            Activities = Tracing.Source,
            Translate = error => error is KeelsonException known ? new Status(StatusTable.Code(known.Kind), known.FullMessage) : null,
            Before = (http, call) =>
            {
                // Before anything is read: who watches from here on misses nothing of what a list leaves out.
                http.Response.Headers[SequenceHeader] = engine.Database.Events.LastSequence.ToString(CultureInfo.InvariantCulture);
                return guard.AdmitAsync(http, call);
            },
        };
        StreamRegistry streams = new();
        // One object serves all calls: none keeps anything of a call.
        return new GrpcServer(options, logger)
            .Add("containerd.services.version.v1.Version", binder => Containerd.Services.Version.V1.Version.BindService(binder, new VersionService(info)))
            .Add("grpc.health.v1.Health", binder => Grpc.Health.V1.Health.BindService(binder, new HealthService(stopping)))
            .Add("containerd.services.introspection.v1.Introspection", binder => Containerd.Services.Introspection.V1.Introspection.BindService(binder, new IntrospectionService(info)))
            .Add("containerd.services.namespaces.v1.Namespaces", binder => Containerd.Services.Namespaces.V1.Namespaces.BindService(binder, new NamespacesService(engine.Database)))
            .Add("containerd.services.containers.v1.Containers", binder => Containerd.Services.Containers.V1.Containers.BindService(binder, new ContainersService(engine.Database)))
            .Add("containerd.services.content.v1.Content", binder => Containerd.Services.Content.V1.Content.BindService(binder, new ContentService(engine.Database)))
            .Add("containerd.services.images.v1.Images", binder => Containerd.Services.Images.V1.Images.BindService(binder, new ImagesService(engine.Database)))
            .Add("containerd.services.leases.v1.Leases", binder => Containerd.Services.Leases.V1.Leases.BindService(binder, new LeasesService(engine.Database)))
            .Add("containerd.services.events.v1.Events", binder => Containerd.Services.Events.V1.Events.BindService(binder, new EventsService(engine.Database, guard, stopping)))
            .Add("keelson.services.events.v1.EventLog", binder => Keelson.Services.Events.V1.EventLog.BindService(binder, new EventLogService(engine.Database, guard, stopping)))
            .Add("containerd.services.tasks.v1.Tasks", binder => Containerd.Services.Tasks.V1.Tasks.BindService(binder, new TasksService(engine, engine.Options.Tasks.Time)))
            .Add("containerd.services.sandbox.v1.Store", binder => Containerd.Services.Sandbox.V1.Store.BindService(binder, new SandboxStoreService(engine.Database)))
            .Add("containerd.services.sandbox.v1.Controller", binder => Containerd.Services.Sandbox.V1.Controller.BindService(binder, new SandboxControllerService(engine, engine.Options.Tasks.Time)))
            .Add("containerd.services.snapshots.v1.Snapshots", binder => Containerd.Services.Snapshots.V1.Snapshots.BindService(binder, new SnapshotsService(engine)))
            .Add("containerd.services.diff.v1.Diff", binder => Containerd.Services.Diff.V1.Diff.BindService(binder, new DiffsService(engine)))
            .Add("containerd.services.streaming.v1.Streaming", binder => Containerd.Services.Streaming.V1.Streaming.BindService(binder, new StreamingService(streams, stopping)))
            .Add("containerd.services.transfer.v1.Transfer", binder => Containerd.Services.Transfer.V1.Transfer.BindService(binder, new TransferService(engine, streams)));
    }
}
